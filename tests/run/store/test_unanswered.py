"""Which folders nobody answered anything in, so that another run or study may begin there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from amplify.contract.errors import PlanError
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import Plan
from amplify.run.plan.read import resolve_plan
from amplify.run.store.run_folder import RunFolder
from amplify.run.store.unanswered import left_of_a_run, left_of_a_study, take_away

FAILED = json.dumps({"key": "k", "failure": {"kind": "not-found", "message": "no such model"}})
TRIED = json.dumps({"key": "k"})
REFUSED = json.dumps({"key": "k", "failed": "not-found"})
TIMED_OUT = json.dumps({"key": "k", "failed": "timeout", "charged": True})
WRITTEN = json.dumps({"key": "k", "written": {"text": "It rains.", "model": "m"}})
ANSWERED = json.dumps({"key": "k", "completion": {"text": "yes", "model": "m"}})


def plan(name: str) -> Plan:
    return resolve_plan({"arms": [{"name": name}]}, Overrides(), ".")


def lay(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"calls_jsonl": ""},
        {"calls_jsonl": f"{FAILED}\n" * 3, "prepared_json": "{}", "demonstrations_jsonl": ""},
        {"calls_jsonl": f"{FAILED}\n", "record_json": "{}", "predictions_jsonl": "{}\n"},
        {"calls_jsonl": "", "calls-attempts_jsonl": f"{TRIED}\n{REFUSED}\n", "record_json": "{}"},
    ],
)
def test_another_plan_begins_where_nothing_was_answered(
    tmp_path: Path, files: dict[str, str]
) -> None:
    place = lay(tmp_path / "out", plan_toml="", **files)
    folder = RunFolder(place)
    for name in ("zero-shot", "answer-only"):
        folder.check(plan(name), resume=False)
        with folder.begun(plan(name), resume=False):
            assert sorted(path.suffix for path in place.iterdir() if path.suffix) == [".toml"]
        assert f'name = "{name}"' in (place / "plan.toml").read_text()
    # Whoever would resume the first one is told that there is nothing to resume.
    with pytest.raises(PlanError) as caught:
        folder.check(plan("zero-shot"), resume=True)
    assert "leave --resume out" in caught.value.hint


@pytest.mark.parametrize(
    "files",
    [
        {"calls_jsonl": f"{FAILED}\n{ANSWERED}\n"},
        {"calls_jsonl": "", "record_json": "{}"},  # prompts for others to answer
        {"calls_jsonl": "", "calls-attempts_jsonl": f"{TRIED}\n"},  # perhaps answered
        {"calls_jsonl": "", "calls-attempts_jsonl": f"{TRIED}\n{TIMED_OUT}\n"},
        {"calls_jsonl": f"{FAILED}\n", "calls-attempts_jsonl": f"{TRIED}\n{WRITTEN}\n"},
        {"calls_jsonl": f"{FAILED}\n{ANSWERED[:20]}"},  # cut off, and perhaps paid for
        {"calls_jsonl": "", "batches_jsonl": ""},
        {"calls_jsonl": "", "notes_txt": "mine"},
        {"prepared_json": "{}"},  # a run of a study
        {"record_json": "{}", "predictions_jsonl": "{}\n"},
    ],
    ids=lambda files: " ".join(f"{name}:{text.count(chr(10))}" for name, text in files.items()),
)
def test_what_was_answered_or_is_not_known_to_be_nothing_is_refused(
    tmp_path: Path, files: dict[str, str]
) -> None:
    place = lay(tmp_path / "out", plan_toml="", **files)
    with pytest.raises(PlanError, match="holds a run already"):
        RunFolder(place).check(plan("zero-shot"), resume=False)
    assert left_of_a_run(place) == []


def test_a_study_that_nobody_answered_is_taken_away_whole(tmp_path: Path) -> None:
    place = lay(tmp_path / "out", study_toml="", calls_jsonl=f"{FAILED}\n", table_md="")
    lay(place / "runs" / "one", plan_toml="", prepared_json="{}", record_json="{}")
    lay(place / "runs" / "two")
    take_away(left_of_a_study(place))
    assert [path.name for path in place.rglob("*")] == ["runs"]


@pytest.mark.parametrize("where", ["out/own.txt", "out/runs/one/own.txt", "out/runs/own.txt"])
def test_a_study_with_files_of_others_stays(tmp_path: Path, where: str) -> None:
    place = lay(tmp_path / "out", study_toml="", calls_jsonl=f"{FAILED}\n")
    lay(place / "runs" / "one", plan_toml="", prepared_json="{}")
    (tmp_path / where).write_text("mine")
    assert left_of_a_study(place) == []


def test_a_study_that_was_answered_stays(tmp_path: Path) -> None:
    place = lay(tmp_path / "out", study_toml="", calls_jsonl=f"{ANSWERED}\n")
    assert left_of_a_study(place) == []
