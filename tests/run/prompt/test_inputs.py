"""Texts to be labelled, from files of any format and from the standard input."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from amplify.contract.errors import DataError
from amplify.host.load import Host
from amplify.run.prompt.inputs import InputRow, Inputs

HOST = Host.load(plugins=False)


def rows(*paths: Path | str, stdin: bytes = b"", **more: Any) -> list[InputRow]:
    return list(Inputs(list(map(Path, paths)), io.BytesIO(stdin), HOST, **more).rows())


def texts(*paths: Path | str, stdin: bytes = b"", **more: Any) -> list[str]:
    return [row.text for row in rows(*paths, stdin=stdin, **more)]


@pytest.mark.parametrize(
    "data",
    [
        b'id;message\n1;"a; b"\n2;c\n',
        b"a; b\nc\n",
        b'{"message": "a; b"}\n{"message": "c"}\n',
        json.dumps([{"message": "a; b"}, {"message": "c"}], indent=1).encode(),
        gzip.compress(b"message\na; b\nc\n", mtime=0),
        "message\r\na; b\r\nc\r\n".encode("utf-16"),
    ],
)
def test_every_form_comes_on_the_standard_input(data: bytes) -> None:
    assert texts("-", stdin=data) == ["a; b", "c"]


def test_a_file_of_one_row_is_read_as_a_longer_one_is(tmp_path: Path) -> None:
    for name in ("a.jsonl", "a.json", "a.ndjson"):
        (tmp_path / name).write_text('{"text": "one", "label": "good"}\n')
        assert texts(tmp_path / name) == ["one"]
    assert texts("-", stdin=b'{"text": "one"}', form="jsonl") == ["one"]
    (tmp_path / "a.jsonl").write_text("no JSON\n")
    with pytest.raises(DataError, match="is not JSON"):
        texts(tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").write_text("")
    with pytest.raises(DataError, match="it is empty"):
        texts(tmp_path / "a.jsonl")


def test_a_header_that_may_be_a_text_is_noted(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "a.csv").write_text("fine day\nbad day\n")
    assert texts(tmp_path / "a.csv", warn=told.append) == ["bad day"]
    assert told == [
        "the first line of a.csv, 'fine day', is read as the name of its column; where it is a"
        " text, say --format lines"
    ]
    assert texts(tmp_path / "a.csv", form="lines", warn=told.append) == ["fine day", "bad day"]
    texts(tmp_path / "a.csv", known={"text": "fine day"}, warn=told.append)
    texts(tmp_path / "a.csv", text="fine day", warn=told.append)
    assert len(told) == 1


def test_rows_name_their_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n\ntwo\n")
    found = rows(tmp_path / "a.txt", "-", stdin=b"text,label\nthree,good\n")
    assert [(row.place, row.label) for row in found] == [
        (f"{tmp_path / 'a.txt'}:1", None),
        (f"{tmp_path / 'a.txt'}:3", None),
        ("standard input:2", None),
    ]
    labelled = rows("-", stdin=b"text,label\nthree,good\n", labelled=True)
    assert labelled == [InputRow("three", "standard input:2", "good")]


def test_a_format_that_is_named_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\none, two\n")
    assert texts(tmp_path / "a.csv", form="lines") == ["text", "one, two"]
    assert texts("-", stdin=b"a,b\n1,2\n", form="csv", text="b") == ["2"]
    assert texts("-", stdin=b"a,b\n1,2\n", form="csv", text="2") == ["2"]


@pytest.mark.parametrize(
    ("data", "more", "where", "problem"),
    [
        (b"text,label\na,b\nc\n", {}, "standard input:3", "has 1 cell; the header names 2"),
        (b'{"text": 1\n', {"form": "jsonl"}, "standard input:1", "is not JSON"),
        (
            b"a,b\n1,2\n",
            {"form": "csv"},
            "standard input",
            "which column has the texts is not known",
        ),
        (b"text,b\n1,2\n", {"labelled": True}, "standard input", "which column has the labels"),
        (b"text\na\n", {"id": "tkt"}, "standard input", "there is no column 'tkt'"),
        (b"text\na\n", {"text": "texts"}, "standard input", "there is no column 'texts'"),
        (b"", {"form": "csv"}, "standard input", "is empty"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    data: bytes, more: dict[str, Any], where: str, problem: str
) -> None:
    with pytest.raises(DataError) as caught:
        rows("-", stdin=data, **more)
    assert caught.value.where.startswith(where)
    assert problem in caught.value.message


def test_notes_on_a_file_are_told_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("text\ncafé\n".encode("cp1252"))
    told: list[str] = []
    inputs = Inputs([tmp_path / "a.csv"], io.BytesIO(), HOST, warn=told.append)
    assert [row.text for row in inputs.rows()] == [row.text for row in inputs.rows()] == ["café"]
    assert len(told) == 1
    assert "is read as cp1252, a guess" in told[0]


@pytest.mark.parametrize(
    ("data", "more"),
    [
        (b"ID,text\nT-7,a\n,b\n", {}),
        (b"tkt #,text\nT-7,a\n,b\n", {"id": "tkt #"}),
        (b"tkt #,text,id\nT-7,a,1\n,b,2\n", {"known": {"id": "tkt #"}}),
        (b'{"id": "T-7", "text": "a"}\n{"text": "b", "id": null}\n', {}),
    ],
)
def test_the_ids_of_the_file_are_kept(data: bytes, more: dict[str, Any]) -> None:
    assert rows("-", stdin=data, **more) == [
        InputRow("a", "standard input: row 1", None, "T-7"),
        InputRow("b", "standard input: row 2", None, ""),
    ]
    named, again = Inputs([Path("-")], io.BytesIO(data), HOST, **more).begun()
    assert named
    assert [row.id for row in again()] == ["T-7", ""]
    assert not Inputs([Path("-")], io.BytesIO(b"text\na\n"), HOST).begun()[0]


@pytest.mark.parametrize(
    ("kind", "data"), [("label", b"tkt #,text\n1,a\n"), ("text", b"a,b\n1,2\n")]
)
def test_a_column_that_is_not_known_names_the_option_and_all_columns(
    kind: str, data: bytes
) -> None:
    with pytest.raises(DataError, match=f"which column has the {kind}s") as caught:
        rows("-", stdin=data, form="csv", labelled=True)
    columns = data.decode().split("\n")[0].replace(",", ", ")
    assert caught.value.hint == f"name it with --{kind} COLUMN; columns: {columns}"
