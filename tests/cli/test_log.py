"""Where a run is logged: observers that the user asks for, and what becomes of those that fail."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from known.in_process import printed
from known.recorded_run import write_recording
from known.site import Site
from known.weather import PLAN, amplify, lay, record

BROKEN = """
    from amplify import ObserverComponent, hookimpl

    @hookimpl
    def amplify_observers():
        yield ObserverComponent(name="broken", factory="{module}_live:Broken", summary="fails")
"""
LIVE = """
from amplify import DataError

class Broken:
    def __init__(self, options, context):
        pass

    def observe(self, event):
        event.data.clear()
        print("on stdout")
        raise {error}("nobody listens")
"""


def test_each_event_is_a_line_and_a_finished_run_is_logged_again(tmp_path: Path) -> None:
    write_recording(tmp_path)
    out = tmp_path / "out"
    plan = str(tmp_path / "plan.toml")
    printed("run", plan, "--out", str(out), "--log", "jsonl")
    lines = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    arms = ["zero-shot", "answer-only", "amplify"]
    assert (lines[0]["event"], lines[-1]["event"]) == ("started", "finished")
    predicted = [line for line in lines if line["event"] == "predicted"]
    assert lines[0]["plan"]["run"]["out"] == str(out)
    assert [line["arm"] for line in predicted] == arms
    scores = {arm["name"]: arm["correct"] for arm in lines[-1]["record"]["arms"]}
    assert {line["arm"]: line["right"] for line in predicted} == scores
    assert lines[-1]["record"] == json.loads((out / "record.json").read_text())
    if os.name == "posix":
        assert (out / "events.jsonl").stat().st_mode & 0o077 == 0
    printed("run", "--resume", "--out", str(out), "--log", "jsonl")
    again = (out / "events.jsonl").read_text().splitlines()
    events = [json.loads(line)["event"] for line in again]
    assert events[len(lines) :] == ["started", "finished"]


@pytest.mark.parametrize("error", ["RuntimeError", "DataError"])
def test_an_observer_that_fails_changes_nothing_and_is_told(
    site: Site, tmp_path: Path, error: str
) -> None:
    place = lay(site, tmp_path, plan=PLAN)
    site.add("amplify-broken", BROKEN, live=LIVE.replace("{error}", error))
    plan, out = str(place / "plan.toml"), str(place / "out")
    done = amplify(site, place, "run", plan, "--out", out, "--log", "broken", "--max-calls", "60")
    assert done.returncode == 1
    why = {"RuntimeError": "RuntimeError: nobody listens", "DataError": "nobody listens"}[error]
    observer = "observer broken/broken of plugin amplify-broken 1.0"
    assert f"not logged: {observer}: {why}" in done.stderr
    assert "on stdout" not in done.stdout
    (line,) = [line for line in done.stderr.splitlines() if "raise it to go on" in line]
    assert line.endswith(" --log broken")
    assert record(place)["arms"][0]["items"] > 0


@pytest.mark.parametrize(
    ("name", "words"),
    [("jsn", "unknown observer 'jsn'"), ("mlflows/x", "would be named amplify-mlflows")],
)
def test_an_unknown_observer_is_refused_before_anything_is_made(
    tmp_path: Path, name: str, words: str
) -> None:
    write_recording(tmp_path)
    out = tmp_path / "out"
    plan = str(tmp_path / "plan.toml")
    assert words in printed("run", plan, "--out", str(out), "--log", name, code=2)
    assert not out.exists()
