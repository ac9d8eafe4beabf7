"""Arms whose selector tries demonstrations, in whole runs: forecast, counted, capped, resumed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from known.site import Site
from known.weather import WEATHER, lay, log, record

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


Command = Callable[..., tuple[int, str, str]]


def test_trials_are_forecast_counted_and_told(command: Command, place: Path) -> None:
    code, printed, told = command("plan", str(place / "plan.toml"), "--json")
    assert code == 0, told
    phases = {phase["name"]: phase["calls"] for phase in json.loads(printed)["phases"]}
    assert phases["select (best)"] == 2 * 3 * 4

    code, printed, told = command("run", str(place / "plan.toml"), "--out", str(place / "out"))
    assert code == 0, told
    assert {arm["name"]: arm.get("trials") for arm in record(place)["arms"]} == {
        "answer-only": None,
        "best": 24,
    }
    assert re.search(r"best of 3 random sets by 4 pool items, 12\s+answers", printed)
    assert len(log(place)) == 24 + 2 * 2 * 6


def test_a_run_that_a_cap_ends_while_it_tries_goes_on_and_repeats_no_call(
    command: Command, place: Path
) -> None:
    plan, out = str(place / "plan.toml"), str(place / "out")
    command("run", plan, "--out", str(place / "whole"))
    whole = log(place)
    (place / "log").unlink()
    code, _, _ = command("run", plan, "--out", out, "--max-calls", "10")
    assert code == 1
    assert len(log(place)) == 10
    code, _, told = command("run", "--resume", "--out", out, "--max-calls", "1000")
    assert code == 0, told
    assert sorted(log(place)) == sorted(whole)
    assert record(place)["arms"] == record(place, "whole")["arms"]


def test_a_plan_counts_what_explainers_ask_of_tried_shots(command: Command, place: Path) -> None:
    explained = PLAN.replace("items = 4 }", 'items = 4 }\nexplainer = "clues"\ntemplate = "carp"')
    (place / "plan.toml").write_text(explained)
    code, printed, told = command("plan", str(place / "plan.toml"), "--json")
    assert code == 0, told
    foreseen = sum(phase["calls"] for phase in json.loads(printed)["phases"])
    code, _, told = command("run", str(place / "plan.toml"), "--out", str(place / "out"))
    assert code == 0, told
    assert len(log(place)) == foreseen


TUNE = f"""
{WEATHER}
[run]
draws = 1
limit = 8
faithfulness = false
[tune]
validation = 8
[[arms]]
name = "answer-only"
selector = "random"
shots = 2
[[arms]]
name = "best"
selector = {{ use = "best-of", sets = 3, items = 4 }}
shots = 2
[[arms]]
name = "super-icl"
selector = "random"
template = "super-icl"
shots = 2
"""


def test_a_tune_races_arms_that_try_demonstrations_and_arms_with_views(
    command: Command, place: Path
) -> None:
    (place / "plan.toml").write_text(TUNE)
    code, printed, told = command("tune", str(place / "plan.toml"), "--dry-run")
    assert code == 0, told
    assert "12 for selectors" in " ".join(printed.split())
    code, _, told = command("tune", str(place / "plan.toml"), "--out", str(place / "out"))
    assert code == 0, told
    names = {contender["name"] for contender in record(place)["race"]["contenders"]}
    assert names == {"answer-only", "best", "super-icl"}
    calls = log(place)
    code, _, told = command("tune", "--out", str(place / "out"), "--resume")
    assert code == 0, told
    assert log(place) == calls


def test_a_dry_run_counts_what_selectors_have_the_llm_asked_of_items(
    command: Command, place: Path
) -> None:
    """Ambig-ICL looks at the LLM's errors on the pool, and at its probabilities for each item."""
    pytest.importorskip("amplify_transformers", reason="the selector is of a plugin")
    pytest.importorskip("amplify_mini", reason="an LLM that ranks is of a plugin")
    arm = '[[arms]]\nname = "ambig-icl"\nselector = "transformers/ambiguous"\n'
    (place / "plan.toml").write_text(TUNE.replace('"voter"', '"mini/local"') + arm)
    code, printed, told = command("tune", str(place / "plan.toml"), "--dry-run", "--json")
    assert code == 0, told
    foreseen = json.loads(printed)
    assert (foreseen["validation"], foreseen["tested"]) == (8, 8)
    assert foreseen["survey"] == (40 - 8) + (8 + 8)
    assert (foreseen["select"], foreseen["asking"]) == (12, [])
