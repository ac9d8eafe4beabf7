"""Damaged files of runs and studies: each is one error that names the file and the line."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from known.runs import Runs

from amplify import Completion, Failure, Prompt, Request
from amplify.contract.errors import DataError, PlanError
from amplify.run.engine.batches.batch_log import BatchKeys, BatchLog
from amplify.run.plan.read import read_plan
from amplify.run.store.cache.cache import Cache
from amplify.run.store.journal import Journal
from amplify.run.store.prepared import read_preparation
from amplify.run.store.run_folder import RunFolder
from amplify.run.study.folder import StudyFolder

ARMS = ["zero-shot", "answer-only"]
HEADER = '[study]\nname = "one"\n'


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study, with a journal and batches in it that it might have written."""
    folder = tmp_path_factory.mktemp("damage")
    runs = Runs(folder, {"AMPLIFY_NO_PLUGINS": "1"})
    runs.write('use = "none"', items=4)
    plan = (folder / "plan.toml").read_text()
    (folder / "study.toml").write_text(HEADER + plan)
    code, told = runs.run("study", "study.toml", "--out", "out")
    assert code == 0, told
    with Journal(folder / "out" / "calls.jsonl") as journal:
        for key in "abc":
            request = Request(Prompt("", key), "zero-shot", key, 4)
            journal.attempts.sent(key, None)
            journal.add(key, request, Completion("yes", "m") if key < "c" else Failure("x", "y"))
    log = BatchLog(folder / "out" / "batches.jsonl")
    for name in ("one", "two", "three"):
        log.created(name, BatchKeys(["a", "b"]))
    return folder / "out"


def run_of(study: Path) -> Path:
    (place,) = (study / "runs").iterdir()
    return place


def read_run(study: Path) -> object:
    return read_preparation(run_of(study), ARMS)


def read_study(study: Path) -> object:
    return StudyFolder(study).read(run_of(study).name)


def read_journal(study: Path) -> object:
    with Journal(study / "calls.jsonl") as journal:
        return journal


def read_batches(study: Path) -> object:
    return BatchLog(study / "batches.jsonl").open_batches()


READERS: dict[str, tuple[Callable[[Path], object], bool]] = {
    "calls.jsonl": (read_journal, True),
    "calls-attempts.jsonl": (read_journal, True),
    "batches.jsonl": (read_batches, True),
    "runs/*/prepared.json": (read_run, False),
    "runs/*/demonstrations.jsonl": (read_run, True),
    "runs/*/record.json": (read_study, False),
    "runs/*/predictions.jsonl": (read_study, True),
}
"""Who reads each file, and whether it has lines."""

LINES: dict[str, bytes] = {
    "no UTF-8": b'{"key": "\xf6", "batch": "\xf6", "arm": "\xf6"}',
    "NUL bytes": b"\0" * 40,
    "cut off": b'{"key": "a", "arm": "zero',
    "deep": b'{"x": ' + b"[" * 100_000,
    "another type": b'[["key"]]',
    "a number": b"1e999",
    "wrong types": b'{"key": 1, "batch": [], "arm": {}, "arms": 1, "data": 0}',
    "empty object": b"{}",
    "no JSON": b"what is this",
}

OF_PYTHON = ("indices", "subscriptable", "unhashable", "object is not", "has no attribute")
"""What Python says of a value that it cannot use, which nobody understands who reads it."""


@pytest.mark.parametrize("kind", LINES)
@pytest.mark.parametrize("name", READERS)
def test_a_damaged_line_is_named(made: Path, tmp_path: Path, name: str, kind: str) -> None:
    study = tmp_path / "out"
    shutil.copytree(made, study)
    (path,) = study.glob(name)
    read, has_lines = READERS[name]
    assert read(study) is not None
    if has_lines:
        lines = path.read_bytes().split(b"\n")
        lines[1] = LINES[kind]
        path.write_bytes(b"\n".join(lines))
    else:
        path.write_bytes(LINES[kind] + b"\n")
    with pytest.raises(DataError) as caught:
        read(study)
    assert caught.value.where == (f"{path}:2" if has_lines else str(path))
    assert caught.value.hint.startswith(("delete", "see at the service"))
    assert len(str(caught.value)) < 600
    assert not any(words in caught.value.message for words in OF_PYTHON)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"arm": ["answer-only"]}, "field 'arm' is to be str, and is array"),
        ({"arm": "other"}, "field 'arm' is 'other', no arm of the run"),
        ({"words": 5}, "field 'words' is to be array, and is int"),
        ({"words": [{"text": "a", "score": "high", "places": []}]},
         "field 'words[0].score' is to be float, and is str"),
        ({"words": [{"text": "a", "score": 1}]}, "field 'words[0].places' is missing"),
        ({"example": {"id": "x", "text": "y"}}, "field 'example.label' is missing"),
        ({"example": None}, "field 'example' is to be object, and is null"),
    ],
)  # fmt: skip
def test_a_demonstration_with_a_value_of_another_type_names_its_field(
    made: Path, tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    study = tmp_path / "out"
    shutil.copytree(made, study)
    path = run_of(study) / "demonstrations.jsonl"
    first, second, *rest = path.read_text().split("\n")
    path.write_text("\n".join([first, json.dumps({**json.loads(second), **change}), *rest]))
    with pytest.raises(DataError) as caught:
        read_run(study)
    assert caught.value.where == f"{path}:2"
    assert caught.value.message == f"the run's preparation cannot be read: {said}"
    assert caught.value.hint == "delete prepared.json to prepare again (replies are kept)"


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_named(made: Path, tmp_path: Path, name: str, kind: str) -> None:
    study = tmp_path / "out"
    shutil.copytree(made, study)
    (path,) = study.glob(name)
    path.unlink()
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with pytest.raises(DataError) as caught:
        READERS[name][0](study)
    assert caught.value.where == str(path)


@pytest.mark.parametrize("name", ["runs/*/prepared.json", "runs/*/record.json"])
def test_an_empty_file_is_named(made: Path, tmp_path: Path, name: str) -> None:
    study = tmp_path / "out"
    shutil.copytree(made, study)
    (path,) = study.glob(name)
    path.write_bytes(b"")
    with pytest.raises(DataError, match="cannot be read"):
        READERS[name][0](study)


@pytest.mark.parametrize("name", ["calls.jsonl", "calls-attempts.jsonl", "batches.jsonl"])
def test_a_line_that_a_kill_cut_off_is_none(made: Path, tmp_path: Path, name: str) -> None:
    study = tmp_path / "out"
    shutil.copytree(made, study)
    before = (study / name).read_bytes()
    (study / name).write_bytes(before + b'{"key": "z')
    READERS[name][0](study)
    assert (study / name).read_bytes() == before


def test_other_arms_than_those_of_the_plan_are_noticed(made: Path) -> None:
    with pytest.raises(DataError, match="arms are not those of the plan"):
        read_preparation(run_of(made), [*ARMS, "another"])


VALUES = {
    "no UTF-8": b'{"text":"c\xf6ld","model":"m"}',
    "cut off": b'{"text":"co',
    "deep": b'{"text":' + b"[" * 100_000,
    "a number": 7,
    "empty": b"",
    "another type": b"[]",
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_damaged_reply_of_the_cache_is_not_there_and_the_next_takes_its_place(
    tmp_path: Path, kind: str
) -> None:
    path, keys = tmp_path / "c", [f"{number:064x}" for number in range(3)]
    with Cache(path) as cache:
        for key in keys:
            cache.put(key, Completion("yes", "m", seconds=1.0))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE reply SET value = ? WHERE rowid = 2", (VALUES[kind],))
    connection.commit()
    connection.close()
    with Cache(path) as cache:
        assert cache.contents().damaged == 1
        assert cache.seconds("m") == [1.0, 1.0]
        assert set(cache.get(keys)) == {keys[0], keys[2]}
        cache.put(keys[1], Completion("no", "m"))
        cache.flush()
        assert cache.get([keys[1]])[keys[1]].text == "no"
        assert cache.contents().damaged == 0


def test_a_model_whose_name_is_damaged_is_listed(tmp_path: Path) -> None:
    with Cache(tmp_path / "c") as cache:
        cache.put("00", Completion("yes", "m"))
    connection = sqlite3.connect(tmp_path / "c")
    connection.execute("UPDATE reply SET model = CAST(? AS TEXT)", (b"m\xf6",))
    connection.commit()
    connection.close()
    with Cache(tmp_path / "c") as cache:
        assert cache.contents().models == {"m\ufffd": 1}


def test_blank_lines_of_a_journal_are_none(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    with Journal(path) as journal:
        journal.add("a", Request(Prompt("", "a"), "zero-shot", "a", 4), Completion("yes", "m"))
    path.write_bytes(b"\n" + path.read_bytes() + b" \n\n")
    with Journal(path) as journal:
        assert set(journal.completions) == {"a"}


def test_a_count_of_attempts_that_cannot_be_is_named(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    row = '{"key": "a", "failure": {"kind": "x", "message": "y"}, "sent": 1%s}'
    for zeros in (7, 18, 400):
        path.write_text(row % ("0" * zeros) + "\n")
        with pytest.raises(DataError, match=r"calls.jsonl:1: .*sent|number|integer"):
            Journal(path)


def test_a_folder_in_the_place_of_a_journal_is_said_to_be_no_file(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").mkdir()
    with pytest.raises(DataError, match="it is a folder") as caught:
        Journal(tmp_path / "calls.jsonl")
    assert "make room" not in caught.value.hint


def test_an_emptied_plan_is_said_to_be_empty(made: Path, tmp_path: Path) -> None:
    place = tmp_path / "run"
    shutil.copytree(run_of(made), place)
    (place / "plan.toml").write_text("")
    with pytest.raises(PlanError, match="is empty: it was damaged"):
        RunFolder(place).check(read_plan(None), resume=True)
