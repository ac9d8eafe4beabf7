"""Files of another kind or encoding: refused with what helps, or read where the plan says how."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import pickle
import shutil
import sqlite3
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from amplify import Context, DataError, Dataset, PlanError
from amplify.builtin.tasks.bbh import BBH
from amplify.builtin.tasks.options import BBHOptions, CsvOptions, JsonLinesOptions
from amplify.builtin.tasks.tables import Csv, JsonLines

TABLE = "text,label\n" + "".join(f"day {i} of sun,{'ab'[i % 2]}\n" for i in range(40))


def load(context: Context, path: str, **options: Any) -> Dataset:
    return Csv(CsvOptions(path=path, **options), context).load()


def load_lines(context: Context, path: str, **options: Any) -> Dataset:
    return JsonLines(JsonLinesOptions(path=path, **options), context).load()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "t.gz",
            gzip.compress(TABLE.encode(), mtime=0),
            "is gzip-compressed\n  unpack it: gunzip -k",
        ),
        ("t.bz2", bz2.compress(TABLE.encode()), "bunzip2"),
        ("t.xz", lzma.compress(TABLE.encode()), "xz -dk"),
        ("t.zst", b"\x28\xb5\x2f\xfd" + bytes(40), "zstd -d"),
        ("t.parquet", b"PAR1\x15\x04\x15" + bytes(40) + b"PAR1", "is a Parquet file\n  python"),
        ("t.feather", b"ARROW1\0\0\xff\xff\xff\xff", "is an Arrow file"),
        ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "save it as CSV in UTF-8"),
        ("t.pkl", pickle.dumps([TABLE]), "is a Python pickle"),
        ("t.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff", "is no text"),
        ("t.html", b"\n<!DOCTYPE html>\n<html>", "is a web page"),
        ("t.csv", b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        ("t.csv", TABLE.encode("utf-16"), "is UTF-16, not UTF-8"),
        ("t.csv", TABLE.encode("utf-16-be"), "iconv -f UTF-16BE -t UTF-8"),
        ("t.csv", TABLE.encode("utf-16-le"), "iconv -f UTF-16LE -t UTF-8"),
    ],
    ids=range(14),
)
@pytest.mark.parametrize("kind", [load, load_lines])
def test_another_kind_of_file_is_named_with_what_helps(
    context: Context, tmp_path: Path, name: str, content: bytes, said: str, kind: Any
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        kind(context, name)
    assert said in str(caught.value)
    assert str(tmp_path / name) in caught.value.where


def test_archives_and_databases(context: Context, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("t.csv", TABLE)
    with pytest.raises(DataError, match="is a zip archive or a workbook"):
        load(context, "t.zip")
    shutil.make_archive(str(tmp_path / "t"), "tar", tmp_path, "t.zip")
    with pytest.raises(DataError, match="is a tar archive"):
        load(context, "t.tar")
    database = sqlite3.connect(tmp_path / "t.db")
    database.execute("create table t(a)")
    database.close()
    with pytest.raises(DataError, match="is an SQLite database"):
        load(context, "t.db")


def test_a_task_file_that_is_compressed(context: Context, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(gzip.compress(b'{"examples": []}', mtime=0))
    with pytest.raises(DataError, match="is gzip-compressed"):
        BBH(BBHOptions(path="t.json"), context).load()


@pytest.mark.parametrize("word", ["ORC", "PAR1", "BZh", "ARROW1"])
def test_text_may_begin_like_a_kind(context: Context, tmp_path: Path, word: str) -> None:
    (tmp_path / "t.csv").write_text(f"{word}x,label\none,a\ntwo,b\n", encoding="utf-8")
    assert len(load(context, "t.csv", text=f"{word}x").examples) == 2


def test_places_that_are_no_files(context: Context, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is an address") as caught:
        load(context, "https://example.org/t.csv")
    assert "download it" in caught.value.hint
    with pytest.raises(DataError, match="is a folder"):
        load(context, str(tmp_path))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(DataError, match="is no ordinary file"):
            load(context, "pipe")


def test_another_encoding_is_named_with_its_byte_and_line_and_read_when_said(
    context: Context, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_bytes("text,label\nfür £5,ja\n“so” – ça,nein\n".encode("cp1252"))
    with pytest.raises(DataError) as caught:
        load(context, "t.csv")
    assert caught.value.where.endswith("t.csv:2")
    assert "byte 0xfc" in caught.value.message
    assert 'encoding = "cp1252"' in caught.value.hint
    assert "iconv -f CP1252 -t UTF-8" in caught.value.hint
    made = load(context, "t.csv", encoding="cp1252")
    assert [e.text for e in made.examples] == ["für £5", "“so” – ça"]
    (tmp_path / "t.csv").write_bytes(b"text,label\nx,a\ny \x81,b\n")
    with pytest.raises(DataError, match=r"t\.csv:3: is not CP1252: byte 0x81"):
        load(context, "t.csv", encoding="cp1252")


@pytest.mark.skipif(not shutil.which("iconv"), reason="needs iconv")
def test_the_command_of_the_hint_helps(context: Context, tmp_path: Path) -> None:
    (tmp_path / "t t.csv").write_bytes("text,label\nfür,a\nça,b\n".encode("utf-16"))
    with pytest.raises(DataError) as caught:
        load(context, "t t.csv")
    command = caught.value.hint.removeprefix("make it UTF-8: ")
    subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    assert [e.text for e in load(context, "NEW").examples] == ["für", "ça"]


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize("name", ["t\x1b[31m.csv.gz", "two\nlines.csv.gz", "it's.csv.gz"])
def test_the_command_of_the_hint_names_any_file(
    context: Context, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(gzip.compress(TABLE.encode(), mtime=0))
    with pytest.raises(DataError) as caught:
        load(context, name)
    command = caught.value.hint.removeprefix("unpack it: ")
    assert command.isprintable()
    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True)
    assert (tmp_path / name.removesuffix(".gz")).read_text() == TABLE


@pytest.mark.parametrize("name", ["utf-8-sig", "UTF8", "latin-1", "shift_jis"])
def test_encodings_of_lines(context: Context, tmp_path: Path, name: str) -> None:
    (tmp_path / "t.csv").write_bytes("text,label\none,a\ntwo,b\n".encode(name))
    assert load(context, "t.csv", encoding=name).labels == ("a", "b")


@pytest.mark.parametrize("name", ["utf-16", "utf-32-le", "nonsense", "rot13", "hex", "cp037"])
def test_what_is_no_encoding_of_lines(context: Context, tmp_path: Path, name: str) -> None:
    (tmp_path / "t.csv").write_text(TABLE, encoding="utf-8")
    with pytest.raises(PlanError, match="encoding"):
        load(context, "t.csv", encoding=name)


RECORD = '{"text": "x", "label": "a"}'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"[{RECORD}, {RECORD}]", "jq -c '.[]' t.jsonl"),
        (f"[\n {RECORD},\n {RECORD}\n]\n", "jq -c '.[]' t.jsonl"),
        ('{\n "text": "x",\n "label": "a"\n}\n', "jq -c . t.jsonl"),
        (f'{{"examples": [{RECORD}]}}', "jq -c '.examples[]'"),
        ("text,label\nx,a\n", 'use = "csv"'),
        ("{'text': 'x', 'label': 'a'}", "in double quotes"),
        (f"{RECORD}\n{RECORD} {RECORD}\n", "one object a line is wanted"),
        ('{"text": "x", "label": "a", "label": "b"}', "the key 'label' stands twice"),
        ("", "it is empty"),
    ],
)
def test_other_forms_of_json(context: Context, tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "t.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_lines(context, "t.jsonl")
    assert said in str(caught.value)


def test_joined_files_with_marks(context: Context, tmp_path: Path) -> None:
    part = "\ufeff" + RECORD + "\n"
    (tmp_path / "t.jsonl").write_text(part + part.replace('"a"', '"b"'), encoding="utf-8")
    assert load_lines(context, "t.jsonl").labels == ("a", "b")
    part = "\ufefftext,label\nx,a\ny,b\n"
    (tmp_path / "t.csv").write_text(part + part, encoding="utf-8")
    made = load(context, "t.csv")
    assert [e.text for e in made.examples] == ["x", "y", "x", "y"]
    assert made.notes == ("lines that repeat the header, passed over: 1 (t.csv:4)",)
