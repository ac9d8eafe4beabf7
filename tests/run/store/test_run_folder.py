"""What is left of a run that ends in an error before it was answered anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from amplify.contract.calls import Completion, Prompt, Request
from amplify.contract.errors import AmplifyError, DataError, PlanError, PluginError, ProviderError
from amplify.run.engine.stop_reason import RunStopped
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import Plan
from amplify.run.plan.read import resolve_plan
from amplify.run.store.rows import append_rows
from amplify.run.store.run_folder import RunFolder
from amplify.run.wiring.shared import Shared

ERRORS = (PlanError("x"), DataError("x"), PluginError("x"), ProviderError("x"), RunStopped("x"))


def name(error: object) -> str:
    return type(error).__name__


def plan() -> Plan:
    return resolve_plan({"arms": [{"name": "zero-shot"}]}, Overrides(), ".")


def left(place: Path, error: BaseException, journal: Path | None = None, **files: str) -> list[str]:
    """The names in the folder of a run that wrote these files and then raised the error."""
    folder = RunFolder(place / "runs" / "one", journal)

    def run() -> None:
        with folder.begun(plan(), resume=False):
            for file, text in files.items():
                (folder.path / file.replace("_", ".")).write_text(text)
            raise error

    with pytest.raises(type(error)):
        run()
    return sorted(file.name for file in folder.path.glob("*"))


@pytest.mark.parametrize("error", ERRORS[:4], ids=name)
def test_nothing_is_left_of_what_nobody_answered(tmp_path: Path, error: AmplifyError) -> None:
    assert left(tmp_path, error, calls_jsonl="") == []
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("error", [RunStopped("x"), KeyboardInterrupt()], ids=name)
def test_a_run_that_was_stopped_can_go_on(tmp_path: Path, error: BaseException) -> None:
    assert left(tmp_path, error, calls_jsonl="") == ["calls.jsonl", "plan.toml"]


@pytest.mark.parametrize("error", ERRORS, ids=name)
@pytest.mark.parametrize(
    "files",
    [
        {"calls_jsonl": "{}\n"},
        {"calls_jsonl": "", "batches_jsonl": ""},
        {"calls_jsonl": "", "prepared_json": "{}", "notes_txt": "an observer's"},
        {"calls_jsonl": "", "prepared_json": "{}", "predictions_jsonl": ""},
    ],
    ids=lambda files: list(files)[-1],
)
def test_answers_and_foreign_files_keep_all(
    tmp_path: Path, error: AmplifyError, files: dict[str, str]
) -> None:
    kept = sorted([*(file.replace("_", ".") for file in files), "plan.toml"])
    assert left(tmp_path, error, **files) == kept


@pytest.mark.parametrize("error", ERRORS, ids=name)
def test_what_was_prepared_is_kept_unless_the_plan_must_change(
    tmp_path: Path, error: AmplifyError
) -> None:
    gone = isinstance(error, PlanError)
    kept = [] if gone else ["calls.jsonl", "plan.toml", "prepared.json"]
    assert left(tmp_path, error, calls_jsonl="", prepared_json="{}") == kept


@pytest.mark.parametrize("error", ERRORS, ids=name)
def test_a_run_of_a_study_keeps_what_it_prepared(tmp_path: Path, error: AmplifyError) -> None:
    journal = tmp_path / "calls.jsonl"
    journal.write_text("{}\n")
    assert left(tmp_path, error, journal, prepared_json="{}") == ["plan.toml", "prepared.json"]


def test_a_folder_that_was_there_stays(tmp_path: Path) -> None:
    (tmp_path / "runs" / "one").mkdir(parents=True)
    assert left(tmp_path, PlanError("x"), calls_jsonl="") == []
    assert (tmp_path / "runs" / "one").is_dir()


def test_rows_are_added_and_none_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "predictions.jsonl"
    append_rows(path, [{"arm": "a", "reply": "ß"}], first=True)
    append_rows(path, [{"arm": "b"}, {"arm": "b"}], first=False)
    written = '{"arm": "a", "reply": "ß"}\n{"arm": "b"}\n{"arm": "b"}\n'
    assert path.read_text(encoding="utf-8") == written
    path.write_text("what stands there\n")
    append_rows(path, [{"arm": "c"}], first=False)
    assert path.read_text() == 'what stands there\n{"arm": "c"}\n'
    append_rows(path, [{"arm": "a"}], first=True)
    assert path.read_text() == '{"arm": "a"}\n'


def test_the_runs_of_a_study_share_one_journal_that_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    shared = Shared()
    with shared.one_journal(path):
        with shared.journal(path) as first:
            first.add("ab", Request(Prompt("", "?"), "a", "1", 4), Completion("yes", "m"))
        path.write_text("no journal that could be read again\n")
        with shared.journal(path) as second:
            assert second.completions["ab"].text == "yes"
        with shared.journal(tmp_path / "other.jsonl") as other:
            assert not other.completions
