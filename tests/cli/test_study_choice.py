"""Studies that choose an arm on the pool, and measure what they chose on the test items."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from known.site import Site
from known.studies import STUDY, lay_study, lines, study
from known.weather import record


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay_study(site, tmp_path)


CHOOSE = """
[[vary]]
arm = "amplify"
choose = true
parts = 2
shots = [1, 4]
keywords = [1, 3]
"""


def test_what_is_chosen_is_chosen_on_the_pool_alone(site: Site, place: Path) -> None:
    told = STUDY[: STUDY.index("[[vary]]")].replace("seeds = [1, 2]", "seeds = [1]")
    (place / "study.toml").write_text(told + CHOOSE)
    done = study(site, place, "--tasks", "weather", "--llms", "first")
    assert done.returncode == 0, done.stderr
    found = record(place)
    (choice,) = found["choices"]
    names = [f"amplify shots={s}, keywords={k}" for s in (1, 4) for k in (1, 3)]
    assert list(choice["right"]) == names
    assert choice["items"] == 40
    assert choice["variant"] == max(names, key=lambda name: choice["right"][name])
    runs = {path.name: path for path in (place / "out" / "runs").iterdir()}
    parts = [path for name, path in runs.items() if ".choice-" in name]
    (main,) = (path for name, path in runs.items() if ".choice-" not in name)
    tested = {json.loads(line)["item"] for line in lines(main / "predictions.jsonl")}
    seen: set[str] = set()
    for path in parts:
        items = {json.loads(line)["item"] for line in lines(path / "predictions.jsonl")}
        shown = {json.loads(x)["example"]["id"] for x in lines(path / "demonstrations.jsonl")}
        assert not items & (seen | shown | tested)
        assert not shown & tested
        seen |= items
    assert len(seen) == 40
    # The arm that is measured on test has the keys that were chosen.
    shots = [json.loads(line) for line in lines(main / "demonstrations.jsonl")]
    ours = [shot for shot in shots if shot["arm"] == "amplify"]
    assert f"shots={len(ours)}, keywords={max(len(s['words']) for s in ours)}" in choice["variant"]
    assert "chosen" in done.stdout


def test_nothing_is_chosen_while_calls_fail_on_the_pool(site: Site, place: Path) -> None:
    told = STUDY[: STUDY.index("[[vary]]")].replace("seeds = [1, 2]", "seeds = [1]")
    (place / "study.toml").write_text(told + CHOOSE)
    one = ("--tasks", "weather", "--llms", "first")
    done = study(site, place, *one, KNOWN_REFUSES="saw")
    assert done.returncode == 1
    found = record(place)
    assert found["failed"] > 0
    assert not found["results"]
    assert "nothing is chosen yet" in found["lost"]["weather, first, seed 1"]
    assert study(site, place, "--resume").returncode == 0
    assert study(site, place, *one, out="whole").returncode == 0
    # More was asked: the LLM's errors on the pool were others while calls failed.
    assert {**record(place), "work": 0} == {**record(place, "whole"), "work": 0}


def test_what_is_measured_is_what_was_chosen(site: Site, place: Path) -> None:
    """The arm on test has the keys and the demonstrations that the variant had on the pool."""
    told = STUDY[: STUDY.index("[[vary]]")].replace("seeds = [1, 2]", "seeds = [1]")
    told = told.replace('selector = "h-mcs"', 'selector = "f-exp"')
    varied = '[[vary]]\narm = "amplify"\nchoose = true\nparts = 2\n'
    varied += (
        'explainer = ["leave-one-out", "builtin/random"]\ntemplate = [{ quotes = "double" }]\n'
    )
    (place / "study.toml").write_text(told + varied)
    done = study(site, place, "--tasks", "weather", "--llms", "first", "-o", "proxy.use=counts")
    assert done.returncode == 0, done.stderr
    (main,) = (p for p in (place / "out" / "runs").iterdir() if ".choice-" not in p.name)
    (part,) = (p for p in (place / "out" / "runs").iterdir() if p.name.endswith(".choice-1-1"))
    plans = [tomllib.loads((folder / "plan.toml").read_text()) for folder in (main, part)]
    (choice,) = record(place)["choices"]
    ours = next(arm for arm in plans[0]["arms"] if arm["name"] == "amplify")
    theirs = next(arm for arm in plans[1]["arms"] if arm["name"] == choice["variant"])
    assert {**ours, "name": ""} == {**theirs, "name": ""}
    assert ours["template"]["quotes"] == "double"


def test_the_verdict_stays_with_the_arm_that_is_varied(site: Site, place: Path) -> None:
    told = STUDY.replace('name = "amplify"', 'name = "mine"')
    told = told.replace('like = "amplify"', 'like = "mine"').replace(
        'control_of = "amplify"', 'control_of = "mine"'
    )
    told = told.replace('arm = "amplify"', 'arm = "mine"').replace(
        'name = "amplify-random-words"', 'name = "other"'
    )
    # No arm is called amplify: the last one of the study is the focus, not its last variant.
    (place / "study.toml").write_text(told)
    done = study(site, place, "--dry-run")
    assert done.returncode == 0, done.stderr
    from amplify.run.study.read import read_study

    for cell in read_study(place / "study.toml").cells:
        assert cell.plan().focus == "other"
