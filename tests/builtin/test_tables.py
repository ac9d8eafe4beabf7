"""JSON lines and CSV: columns by name, and each fault with its place."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amplify import Context, DataError, Dataset, PlanError
from amplify.builtin.tasks.options import CsvOptions, JsonLinesOptions
from amplify.builtin.tasks.tables import Csv, JsonLines
from amplify.builtin.tasks.text_checks import is_blank

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40).filter(
    lambda text: not is_blank(text) and not text.startswith("\ufeff")
)


def load(context: Context, content: bytes, **options: Any) -> Dataset:
    (context.paths[0] / "mine.jsonl").write_bytes(content)
    return JsonLines(JsonLinesOptions(path="mine.jsonl", **options), context).load()


def load_csv(context: Context, content: bytes, **options: Any) -> Dataset:
    (context.paths[0] / "mine.csv").write_bytes(content)
    return Csv(CsvOptions(path="mine.csv", **options), context).load()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(texts=st.lists(TEXT, min_size=2, max_size=6))
def test_any_text_comes_back(context: Context, texts: list[str]) -> None:
    rows = [{"text": text, "label": ("x", "y")[i % 2]} for i, text in enumerate(texts)]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    assert [e.text for e in load(context, lines.encode()).examples] == texts
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, ["text", "label"])
    writer.writeheader()
    writer.writerows(rows)
    made = load_csv(context, stream.getvalue().encode())
    assert [(e.text, e.label) for e in made.examples] == [(r["text"], r["label"]) for r in rows]


def test_columns_by_name(context: Context) -> None:
    content = b'\xef\xbb\xbf{"q": "one", "y": true, "n": 7}\n\n{"q": "two", "y": false, "n": 8}\n'
    made = load(context, content, text="q", label="y", id="n")
    assert [(e.id, e.text, e.label) for e in made.examples] == [
        ("7", "one", "true"),
        ("8", "two", "false"),
    ]
    assert made.labels == ("false", "true")
    made = load_csv(context, b"q;y\n one ;a\ntwo;b\n", text="q", label="y", delimiter=";")
    assert [(e.id, e.text, e.label) for e in made.examples] == [
        ("mine-0000", " one ", "a"),
        ("mine-0001", "two", "b"),
    ]


def test_a_label_that_the_given_set_lacks_is_refused_with_its_line(context: Context) -> None:
    content = b'{"text": "x", "label": "billing"}\n' + b'{"text": "y", "label": "technical"}\n' * 3
    made = load(context, content, labels=("technical", "billing", "other"))
    assert (made.labels, made.notes) == (("technical", "billing", "other"), ())
    with pytest.raises(DataError) as caught:
        load(context, content, labels=("billing", "tecnical"))
    assert str(caught.value).startswith(
        "mine.jsonl:2: the option labels lacks the label 'technical' of 3 of 4 items; did you mean"
        " 'tecnical'?"
    )


GOOD = b'{"text": "x", "label": "a"}\n'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no examples"),
        (GOOD * 4710 + b'{"text": \n' + GOOD, "mine.jsonl:4711:"),
        (GOOD * 3 + b'{"text": "x"}\n', "mine.jsonl:4: there is no column 'label'"),
        (b'{"texts": "x", "label": "a"}', "did you mean 'texts'?\n  columns: texts, label"),
        (GOOD + b'{"text": "\xff", "label": "a"}', "mine.jsonl:2: is not UTF-8: byte 0xff"),
        (GOOD * 3, "all 3 items have the label 'a'"),
        (b'{"text": "x", "label": null}', "mine.jsonl:1: column 'label' is empty"),
        (b'{"text": ["x"], "label": "a"}', "holds no text"),
        (b'"text"\n', "mine.jsonl:1: is no JSON object"),
    ],
)
def test_bad_lines(context: Context, content: bytes, said: str) -> None:
    with pytest.raises(DataError) as caught:
        load(context, content)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"text,label\nx,a\ny\n", "mine.csv:3: has 1 cell; the header names 2"),
        (b"text,label\nx,a\ny,b,c\n", "mine.csv:3: has 3 cells"),
        (b'text,label\nx,"a\n', "is not CSV"),
        (b"text,text\nx,a\n", "two columns are named 'text'"),
        (b"input,label\nx,a\n", "mine.csv:2: there is no column 'text'"),
        (b"text,label\n", "no examples"),
        (b"text,label,id\nx,a,1\ny,b,1\n", "the id '1' stands at items 1 and 2"),
    ],
)
def test_bad_tables(context: Context, content: bytes, said: str) -> None:
    options = {"id": "id"} if b",id" in content else {}
    with pytest.raises(DataError) as caught:
        load_csv(context, content, **options)
    assert said in str(caught.value)


def test_a_delimiter_is_one_character(context: Context) -> None:
    assert load_csv(context, b"text\tlabel\nx\ta\ny\tb\n", delimiter="tab").labels == ("a", "b")
    with pytest.raises(PlanError, match="no delimiter"):
        load_csv(context, b"text,label\n", delimiter=";;")


@pytest.mark.parametrize("kind", [JsonLines, Csv])
def test_a_line_of_a_gigabyte_is_refused_in_little_memory(
    context: Context, tmp_path: Path, kind: Any
) -> None:
    with (tmp_path / "big").open("wb") as stream:
        stream.truncate(10**9)  # sparse: takes no room on the disk
    options = JsonLinesOptions if kind is JsonLines else CsvOptions
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"big:1: the line is longer than 10 MB"):
            kind(options(path="big"), context).load()
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def _table(labels: list[str]) -> bytes:
    rows = [f"text {number},{label}" for number, label in enumerate(labels)]
    return "\n".join(["text,label", *rows, ""]).encode()


STEPS = [str(half / 2) for half in range(11)]


@pytest.mark.parametrize(
    ("kinds", "times"),
    [
        (["0", "1", "2"], 8),
        (["1", "2"], 3),
        (["-1", "1"], 3),
        (["-1", "0", "1"], 4),
        (["1", "2", "3", "4", "5"], 20),
        (STEPS, 6),  # 0.0 to 5.0
        ([str(number) for number in range(20)], 5),
        ([f"name {number}" for number in range(77)], 4),
        ([f"name {number}" for number in range(12)], 2),
    ],
)
def test_targets_that_come_again_are_labels(context: Context, kinds: list[str], times: int) -> None:
    for made in (
        load_csv(context, _table(kinds * times)),
        load(context, b"".join(json.dumps({"text": f"t{i}", "label": kind}).encode() + b"\n"
                               for i, kind in enumerate(kinds * times))),
    ):  # fmt: skip
        assert made.labels == tuple(sorted(kinds))
        numbers = len(kinds) > 2 and not kinds[0].startswith("name")
        told = f"numbers are taken as labels: {len(kinds)} different ones in {len(kinds) * times}"
        assert [told in note for note in made.notes] == [True] * numbers
    assert load_csv(context, _table(kinds * times), answers="open").labels == ()


@pytest.mark.parametrize(
    ("targets", "why"),
    [
        ([str(7 * number) for number in range(9)], "9 different targets in 9 items"),
        (["1", "2", "3", "1", "2"], "3 different targets in 5 items"),
        (["yes"] * 30 + [f"word {number}" for number in range(12)],
         "12 of 13 different targets stand in one item alone"),
    ],
)  # fmt: skip
def test_targets_that_mostly_differ_are_open_answers(
    context: Context, targets: list[str], why: str
) -> None:
    made = load_csv(context, _table(targets))
    assert made.labels == ()
    assert [f"taken as open: {why}" in note for note in made.notes] == [True]
    assert load_csv(context, _table(targets), answers="labels").labels


def test_a_few_targets_that_stand_alone_do_not_make_labels_open(context: Context) -> None:
    typos = ["a", "b"] * 20 + ["A.", "b?", "bb"]
    assert len(load_csv(context, _table(typos)).labels) == 5
