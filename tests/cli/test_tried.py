"""Arms whose selector tries demonstrations, in whole runs: forecast, counted, capped, resumed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from known.site import Site
from known.weather import WEATHER, amplify, lay, log, record, run

PLAN = f"""
{WEATHER}
[run]
limit = 6
draws = 2
choose_on = 0
focus = "best"
[[arms]]
name = "answer-only"
selector = "random"
shots = 2
[[arms]]
name = "best"
selector = {{ use = "best-of", sets = 3, items = 4 }}
shots = 2
"""


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay(site, tmp_path, plan=PLAN)


def test_trials_are_forecast_counted_and_told(site: Site, place: Path) -> None:
    done = amplify(site, place, "plan", str(place / "plan.toml"), "--json")
    assert done.returncode == 0, done.stderr
    phases = {phase["name"]: phase["calls"] for phase in json.loads(done.stdout)["phases"]}
    assert phases["select (best)"] == 2 * 3 * 4

    done = run(site, place, "out")
    assert done.returncode == 0, done.stderr
    assert {arm["name"]: arm.get("trials") for arm in record(place)["arms"]} == {
        "answer-only": None,
        "best": 24,
    }
    assert re.search(r"best of 3 random sets by 4 pool items, 12\s+calls", done.stdout)
    assert len(log(place)) == 24 + 2 * 2 * 6


def test_a_run_that_a_cap_ends_while_it_tries_goes_on_and_repeats_no_call(
    site: Site, place: Path
) -> None:
    run(site, place, "whole")
    whole = log(place)
    (place / "log").unlink()
    stopped = run(site, place, "out", "--max-calls", "10")
    assert stopped.returncode == 1
    assert len(log(place)) == 10
    done = run(site, place, "out", "--resume", "--max-calls", "1000")
    assert done.returncode == 0, done.stderr
    assert sorted(log(place)) == sorted(whole)
    assert record(place)["arms"] == record(place, "whole")["arms"]
