"""A finished study is shown again from its record, and its runs are logged."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from known.site import Site
from known.weather import lay, log, record

Command = Callable[..., tuple[int, str, str]]

STUDY = """
[study]
name = "days"
seeds = [0, 1]
[run]
limit = 4
[survey]
errors = "none"
[[tasks]]
name = "weather"
task = { use = "csv", path = "weather.csv" }
split = { train = 60, pool = 40, test = 40 }
[[llms]]
name = "voter"
llm = { use = "voter" }
[[arms]]
name = "zero-shot"
[[arms]]
name = "answer-only"
selector = "random"
shots = 2
[[vary]]
arm = "answer-only"
choose = true
parts = 2
shots = [1, 2]
"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay(site, tmp_path, study=STUDY)


def events(place: Path) -> dict[str, list[dict[str, Any]]]:
    """By the folder of each run that was logged what its observer was told."""
    return {
        path.parent.name: [json.loads(line) for line in path.read_text().splitlines()]
        for path in sorted(place.glob("out/runs/*/events.jsonl"))
    }


def test_each_run_of_a_study_is_logged_with_its_place(command: Command, place: Path) -> None:
    study, out = str(place / "study.toml"), str(place / "out")
    code, _, told = command("study", study, "--out", out, "--log", "jsonl", "--max-calls", "5")
    assert code == 1
    assert told.splitlines()[-1].endswith(" --log jsonl")
    assert events(place) == {}  # only choices were made
    resume = ("study", "--resume", "--out", out, "--log", "jsonl", "--max-calls", "999")
    code, _, told = command(*resume)
    assert code == 0, told
    by_run = events(place)
    assert len(by_run) == 2
    for seed, (name, of_run) in enumerate(by_run.items()):
        assert ".choice-" not in name
        kinds = ["started", "prepared", "predicted", "predicted", "finished"]
        assert [event["event"] for event in of_run] == kinds
        in_study = {"name": "days", "folder": out, "task": "weather", "llm": "voter", "seed": seed}
        assert of_run[0]["study"] == in_study
        stored = json.loads((place / "out" / "runs" / name / "record.json").read_text())
        assert of_run[-1]["record"] == stored
    # A study that has finished is logged again, and asks nothing.
    calls = log(place)
    code, _, told = command(*resume)
    assert code == 0, told
    assert log(place) == calls
    for name, of_run in events(place).items():
        first, again = of_run[: len(by_run[name])], of_run[len(by_run[name]) :]
        assert [event["event"] for event in again] == ["started", "finished"]
        assert [(e["study"], e["folder"]) for e in (first[0], again[0])] == [
            (first[0]["study"], str(place / "out" / "runs" / name))
        ] * 2
        assert again[-1]["record"] == first[-1]["record"]


def test_an_unknown_observer_is_refused_before_anything_is_made(
    command: Command, place: Path
) -> None:
    out = str(place / "out")
    for more in ((), ("--dry-run",)):
        asked = (str(place / "study.toml"), "--out", out, "--log", "jsn", *more)
        code, _, told = command("study", *asked)
        assert code == 2
        assert "unknown observer 'jsn'" in told
    assert not (place / "out").exists()


def test_a_finished_study_is_shown_from_its_record_unless_there_is_more_to_do(
    command: Command, place: Path
) -> None:
    study, out = str(place / "study.toml"), place / "out"
    code, printed, told = command("study", study, "--out", str(out))
    assert code == 0, told
    whole = record(place)
    (out / "table.md").unlink()
    # What a run has prepared is read where the study goes on, and not where it is shown again.
    broken = min(out.glob("runs/*/prepared.json"))
    broken.write_text("broken")
    os.utime(broken, (0, 0))
    code, again, told = command("study", "--resume", "--out", str(out))
    assert (code, again) == (0, printed), told
    assert record(place) == whole
    assert (out / "table.md").exists()
    demanding = command("study", "--resume", "--out", str(out), "--min-gain", "99")
    assert "the run cannot be read" in demanding[2]
    os.utime(broken)
    assert "the run cannot be read" in command("study", "--resume", "--out", str(out))[2]
