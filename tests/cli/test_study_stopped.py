"""Studies that a cap, a kill or an interrupt stops, and how they go on."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from known.site import Site
from known.studies import lay_study, study
from known.weather import interrupted, killed, log, record


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay_study(site, tmp_path)


def test_a_study_killed_three_times_gives_the_same_record(site: Site, place: Path) -> None:
    draw = random.Random(7)
    for more in (str(place / "study.toml"), "--resume", "--resume"):
        killed(site, place, "study", more, calls=draw.randrange(40, 250), pause="0.005")
    done = study(site, place, "--resume")
    assert done.returncode == 0, done.stderr
    asked = log(place)
    # A reply that the kill caught between the LLM and the disk may be asked once more, no other.
    assert len(asked) - len(set(asked)) <= 3
    (place / "log").unlink()
    assert study(site, place, out="whole").returncode == 0
    assert set(asked) == set(log(place))
    assert record(place) == record(place, "whole")
    before = log(place)
    assert study(site, place, "--resume").returncode == 0
    assert log(place) == before


def test_a_cap_stops_the_study_and_it_goes_on(site: Site, place: Path) -> None:
    done = study(site, place, "--max-calls", "300", "--block", "nobody")
    assert done.returncode == 1, done.stderr
    assert "--resume" in done.stderr
    assert done.stderr.count("--block nobody: no such plugin") == 1
    assert len(log(place)) == 300
    assert record(place)["stopped"]
    assert study(site, place, "--resume", "--max-calls", "9999").returncode == 0
    assert study(site, place, out="whole").returncode == 0
    assert record(place) == record(place, "whole")


def test_what_a_kill_leaves_is_taken_up_or_told(site: Site, place: Path) -> None:
    # Killed between making the folder and writing the study.
    (place / "out" / "runs").mkdir(parents=True)
    (place / "out" / "study.toml.part").write_text("x")
    assert study(site, place, "--tasks", "weather", "--llms", "first").returncode == 0
    # Killed in the middle of a line of the journal, with all runs whole.
    with (place / "out" / "calls.jsonl").open("a") as file:
        file.write('{"key": "half')
    before = record(place)
    assert study(site, place, "--resume").returncode == 0
    assert record(place) == before
    # Every run is lost before the journal is opened.
    (place / "weather.csv").unlink()
    done = study(site, place, "--tasks", "weather", "--llms", "first", out="lost")
    assert (done.returncode, "internal error" in done.stderr) == (1, False)


def test_interrupting_tells_how_to_go_on(site: Site, place: Path) -> None:
    code, errors = interrupted(site, place, "study", str(place / "study.toml"))
    assert code == 130
    assert f"amplify study --resume --out {place / 'out'}" in errors
    assert "Traceback" not in errors


def test_another_study_is_not_resumed_over_this_one(site: Site, place: Path) -> None:
    study(site, place, "--llms", "first", "--tasks", "weather")
    again = study(site, place)
    assert (again.returncode, "a study already" in again.stderr) == (2, True)
    other = study(site, place, "--resume", "--seeds", "5")
    assert (other.returncode, "another study" in other.stderr) == (2, True)
