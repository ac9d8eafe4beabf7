"""The bbh task on users' own files: labels, open answers, faults."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from amplify import Context, DataError, Dataset
from amplify.builtin.tasks.bbh import BBH
from amplify.builtin.tasks.options import BBHOptions


def load(context: Context, rows: list[tuple[str, Any]], **options: Any) -> Dataset:
    items = [{"input": text, "target": target} for text, target in rows]
    text = json.dumps({"canary": "x", "examples": items})
    (context.paths[0] / "mine.json").write_text(text, encoding="utf-8")
    return BBH(BBHOptions(path="mine.json", **options), context).load()


LETTERS = "Which?\nOptions:\n(A) x\n(B) y"
MORE = LETTERS + "\n(C) z"
BULLETS = "Is it?\nOptions:\n- Yes\n- No"


@pytest.mark.parametrize(
    ("rows", "labels"),
    [
        ([(LETTERS, "(A)"), (MORE, "(C)"), (LETTERS, "(B)")], ("(A)", "(B)", "(C)")),
        ([(LETTERS, "A"), (MORE, "C"), (LETTERS, "B")], ("A", "B", "C")),
        ([(BULLETS, "No"), (BULLETS, "No"), (BULLETS, "Yes")], ("Yes", "No")),
        ([(f"t{i}", ("True", "False")[i % 2]) for i in range(8)], ("False", "True")),
        ([(f"t{i}", str(i % 2)) for i in range(8)], ("0", "1")),
        ([(f"[ ( {i}", "] )" if i % 3 else f"> {i}") for i in range(40)], ()),  # brackets to close
        ([(f"sort {i}", f"apple pear w{i}") for i in range(9)], ()),  # sorted words
        ([(f"{i} * 2 =", str(2 * i - 5)) for i in range(9)], ()),  # arithmetic
        ([(f"count {i}", str(i % 4 + 2)) for i in range(40)], ()),
        ([(f"count {i}", i % 4 + 2) for i in range(40)], ()),  # numbers as JSON numbers
    ],
)
def test_label_set(context: Context, rows: list[tuple[str, Any]], labels: tuple[str, ...]) -> None:
    dataset = load(context, rows)
    assert dataset.labels == labels
    assert bool(labels) != any("taken as open" in note for note in dataset.notes)


def test_answers_can_be_said(context: Context) -> None:
    rows = [(f"stars {i}", str(i % 5)) for i in range(20)]
    assert load(context, rows, answers="labels").labels == ("0", "1", "2", "3", "4")
    assert load(context, [(BULLETS, "Yes"), (BULLETS, "No")], answers="open").labels == ()


def test_options_that_differ_from_item_to_item(context: Context) -> None:
    rows = [(f"Who?\nOptions:\n- name{i}\n- other{i}", f"name{i}") for i in range(4)]
    dataset = load(context, rows)
    assert dataset.examples[2].labels(dataset.labels) == ("name2", "other2")


def test_identity_and_source(context: Context) -> None:
    first = load(context, [(BULLETS, "Yes"), (BULLETS, "No")])
    assert [e.id for e in first.examples] == ["mine-0000", "mine-0001"]
    assert (first.source["path"], first.source["items"]) == ("mine.json", 2)
    again = load(context, [(BULLETS, "Yes"), (BULLETS, "Yes."), (BULLETS, "No")])
    assert again.source["sha256"] != first.source["sha256"]
    assert again.notes == (
        "items whose label is none of those that can be chosen: mine-0001 ('Yes.')",
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b'{"examples": []}', "no examples"),
        (b'{"items": []}', '"examples"'),
        (b"[1]", '"examples"'),
        (b'{"examples": [{"input": "x"}]}', "'target'"),
        (b'{"examples": [{"input": "x", "target": null}]}', "example 0"),
        (b'{"examples": [\n{"input": "x",\n oops', "mine.json:3:2"),
        (b'{"examples": [\n{"input": "\xe9"', "mine.json:2: is not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"examples": [{"input": "x", "target": "a"}, {"input": "y", "target": "a"}]}', "all 2"),
    ],
)
def test_bad_files(context: Context, tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "mine.json").write_bytes(content)
    with pytest.raises(DataError) as caught:
        BBH(BBHOptions(path="mine.json"), context).load()
    assert said in str(caught.value)
    assert "mine.json" in str(caught.value)


def test_missing_files(context: Context, tmp_path: Path) -> None:
    (tmp_path / "snarks.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match=r"snark\.json: there is no such file") as caught:
        BBH(BBHOptions(path="snark.json"), context).load()
    assert str(tmp_path / "snark.json") in caught.value.hint
    assert "near: snarks.json" in caught.value.hint
    with pytest.raises(DataError, match="is a folder"):
        BBH(BBHOptions(path=str(tmp_path)), context).load()
    with pytest.raises(DataError, match="cannot be looked at: File name too long"):
        BBH(BBHOptions(path="x" * 5000), context).load()
    with pytest.raises(DataError, match="no ordinary file"):
        BBH(BBHOptions(path=os.devnull), context).load()
    with pytest.raises(DataError, match="no path"):
        BBH(BBHOptions(path=""), context).load()


def test_the_instruction_may_come_from_a_prompt_file(tmp_path: Path) -> None:
    task = tmp_path / "t.json"
    task.write_text(json.dumps({"examples": [{"input": "x", "target": t} for t in ("a", "b")]}))
    prompt = tmp_path / "p.txt"
    prompt.write_text("canary\n-----\nSay a or b.\n\nQ: y\nA: a\n")
    context = Context(paths=(tmp_path,))
    read = BBH(BBHOptions(path="t.json", prompt="p.txt"), context).load()
    assert read.instruction == "Say a or b."
    given = BBHOptions(path="t.json", prompt="p.txt", instruction="Choose.")
    assert BBH(given, context).load().instruction == "Choose."
