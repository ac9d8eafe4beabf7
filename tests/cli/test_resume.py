"""Runs that were cut off, and what a resumed one repeats."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from known.site import Site
from known.weather import (
    examples,
    interrupted,
    killed,
    log,
    measured_ids,
    record,
    rows,
    run,
    survey_calls,
)


def test_a_run_killed_in_the_middle_is_resumed_and_repeats_nothing(site: Site, place: Path) -> None:
    for more in (str(place / "plan.toml"), "--resume", "--resume"):
        killed(site, place, "run", more, calls=25, pause="0.02")
    done = run(site, place, "out", "--resume")
    assert done.returncode == 0, done.stderr
    asked = log(place)
    # A reply that the kill caught between the LLM and the disk may be asked once more, no other.
    again = len(asked) - len(set(asked))
    assert again <= 3
    (place / "log").unlink()
    run(site, place, "whole")
    assert set(asked) == set(log(place))
    assert record(place, "out") == record(place, "whole")


def test_interrupting_tells_how_to_go_on(site: Site, place: Path) -> None:
    code, errors = interrupted(site, place, "run", str(place / "plan.toml"))
    assert code == 130
    assert f"amplify run --resume --out {place / 'out'}" in errors
    assert "Traceback" not in errors
    assert run(site, place, "out", "--resume").returncode == 0


def test_failed_calls_are_shown_apart_and_asked_again_on_resume(site: Site, place: Path) -> None:
    run(site, place, "whole")
    item = rows(place, "whole", "predictions.jsonl")[0]["item"]
    refused = next(e["text"].split()[-1] for e in examples(place) if e["id"] == item)
    done = run(site, place, "out", KNOWN_REFUSES=refused)
    assert done.returncode == 1
    assert "4 calls failed" in done.stderr
    arms = record(place, "out")["arms"]
    assert [(arm["errors"], arm["items"]) for arm in arms] == [(1, 40)] * 4
    before = len(log(place))
    done = run(site, place, "out", "--resume")
    assert done.returncode == 0
    assert len(log(place)) - before == 4
    assert record(place, "out") == record(place, "whole")


def test_a_folder_with_a_run_is_not_overwritten(site: Site, place: Path) -> None:
    run(site, place, "out")
    asked = len(log(place))
    done = run(site, place, "out")
    assert done.returncode == 2
    assert "--resume" in done.stderr
    done = run(site, place, "out", "--resume", "--seed", "7")
    assert done.returncode == 2
    assert "another plan" in done.stderr
    assert len(log(place)) == asked


def test_other_data_under_a_resumed_run_is_refused(site: Site, place: Path) -> None:
    run(site, place, "out")
    data = place / "weather.csv"
    head, *items = data.read_text().strip().split("\n")
    data.write_text("\n".join([head, *reversed(items)]) + "\n")
    done = run(site, place, "out", "--resume")
    assert done.returncode == 2
    assert "not what the run began with" in done.stderr


def test_demonstrations_that_were_lost_are_noticed(site: Site, place: Path) -> None:
    run(site, place, "out")
    shown = place / "out" / "demonstrations.jsonl"
    shown.write_text("\n".join(shown.read_text().split("\n")[:5]) + "\n")
    done = run(site, place, "out", "--resume")
    assert done.returncode == 2
    assert "has lost demonstrations" in done.stderr
    assert "prepared.json" in done.stderr


def test_a_failed_survey_call_is_a_failure_and_is_asked_again(site: Site, place: Path) -> None:
    pool = {c["item"] for c in survey_calls(site, place, "whole")} - measured_ids(place, "whole")
    texts = {d["id"]: d["text"] for d in examples(place)}
    # The number that ends each text is a word of that item alone.
    refused = texts[sorted(pool)[0]].split()[-1]
    done = run(site, place, "out", KNOWN_REFUSES=refused)
    assert done.returncode == 1
    assert record(place, "out")["survey"]["failed"] == 1
    (place / "log").unlink()
    done = run(site, place, "out", "--resume")
    assert done.returncode == 0, done.stderr
    assert record(place, "out") == record(place, "whole")
    assert any(line.startswith(f"answer-only {sorted(pool)[0]} ") for line in log(place))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX limits")
def test_a_full_disk_is_told_and_loses_nothing(site: Site, place: Path) -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000));"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from amplify.cli.main import main; main()"
    )
    command = [sys.executable, "-c", code, "run", str(place / "plan.toml"), "--out"]
    done = site.python([*command, str(place / "out")], KNOWN_LOG=str(place / "log"))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    asked = len(log(place))
    assert run(site, place, "out", "--resume").returncode == 0
    assert len(log(place)) < 2 * asked + 160


def test_a_resumed_run_goes_on_with_what_was_prepared(site: Site, place: Path) -> None:
    run(site, place, "out")
    assert run(site, place, "out", "--resume").returncode == 0
    assert (place / "log.fits").read_text() == "fit\n"


def test_equal_runs_give_equal_records(site: Site, place: Path) -> None:
    run(site, place, "one")
    run(site, place, "two")
    assert record(place, "one") == record(place, "two")
    run(site, place, "three", "--seed", "2")
    assert record(place, "one")["arms"] != record(place, "three")["arms"]
