"""What a dry run of a study shows, and what it refuses before any work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from known.site import Site
from known.studies import STUDY, lay_study, study
from known.weather import log, record


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay_study(site, tmp_path)


def test_a_dry_run_shows_the_grid_and_writes_nothing(site: Site, place: Path) -> None:
    done = study(site, place, "--dry-run")
    lines = done.stdout.splitlines()
    assert len(lines) == 8 * 2 + 2 + 1 + 1
    # The two seeds are two draws; all comparisons of the study are one family.
    for line, task, items in zip(lines[16:18], ("weather", "more"), (40, 30), strict=True):
        assert line.startswith(f"{task}, first; {task}, second: power, amplify against answer-only")
        assert f"among 20 comparisons: 2 draws of {items} items show a true gain of 5" in line
    assert lines[18].startswith("power is by default variances")
    assert "more, second, seed 2: zero-shot, answer-only, amplify, " in done.stdout
    assert not (place / "out").exists()
    assert not log(place)
    # It is a bound, and no loose one: what runs share is not taken off.
    told = json.loads(study(site, place, "--dry-run", "--json").stdout)
    most = sum(one["phase"]["calls"] for one in told)
    assert lines[-1].startswith(f"all: at most {most:,} calls and ")
    made = study(site, place)
    assert made.returncode == 0, made.stderr
    work = record(place)["work"]["calls"]
    assert work["distinct"] == len(log(place)) <= most <= work["alone"]
    results = record(place)["results"]
    assert {c["comparisons"] for result in results for c in result["comparisons"]} == {20}


def test_a_forecast_counts_the_dearest_of_what_is_chosen(site: Site, place: Path) -> None:
    chosen, bounds = 'selector = ["random", "l-mcs", "h-mcs"]', []
    for shots in ("[1, 6]", "[6, 1]"):
        text = STUDY.replace(chosen, f"shots = {shots}\nchoose = true")
        (place / "study.toml").write_text(text)
        told = json.loads(study(site, place, "--dry-run", "--json").stdout)
        bounds.append([one["phase"] for one in told])
    assert bounds[0] == bounds[1]
    done = study(site, place)
    assert done.returncode == 0, done.stderr
    assert len(log(place)) <= sum(phase["calls"] for phase in bounds[0])


def test_a_dry_run_refuses_what_a_study_would(site: Site, place: Path) -> None:
    done = study(site, place, "--dry-run", "-o", "amplify.shot=3")
    assert done.returncode == 2
    (place / "study.toml").write_text(STUDY.replace('"l-mcs"', '"l-msc"'))
    done = study(site, place, "--dry-run")
    assert (done.returncode, "did you mean" in done.stderr) == (2, True)
    # Data that is missing is told of the runs that want it.
    (place / "study.toml").write_text(STUDY)
    (place / "more.csv").unlink()
    done = study(site, place, "--dry-run")
    assert (done.returncode, done.stdout.count("  cannot be made: ")) == (1, 4)
    assert "more.csv" in done.stdout
    assert "4 runs that cannot be made are left out" in done.stdout
    assert not done.stdout.splitlines()[-1].startswith("all: at most 0 calls")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('arm = "amplify"\n', 'arm = "amplfy"\n', "did you mean 'amplify'"),
        ('"l-mcs", "h-mcs"]', '"l-mcs", "l-mcs"]', "two variants"),
        ('selector = ["random", "l-mcs", "h-mcs"]', 'selector = "random"', "a list of values"),
        ("seeds = [1, 2]", "seeds = [1, 1]", "seeds are different numbers"),
        ('name = "more"', 'name = "weather"', "two entries are called"),
        ('use = "counts"', 'use = "countz"', "countz"),
        ('title = "', 'titel = "', "did you mean 'title'"),
        ('name = "second"', 'name = "second"\nset = ["arms.nobody.shots=1"]', "no arm 'nobody'"),
        ('tag = "M"', 'tagg = "M"', "tagg"),
        ('title = "', 'arms = ["amplfy"]\ntitle = "', "[study] arms: no arm 'amplfy'"),
        ("selector = [", "selector.use = 3\nkeywords = [", "selector.use needs a list"),
        ('title = "', 'set = ["run.seed=7"]\ntitle = "', "a study sets run.seed itself"),
        ('title = "', 'set = 1\ntitle = "', "a list of texts"),
        ('title = "', 'arms = ["amplify", "amplify"]\ntitle = "', "named twice"),
        ('name = "second"', 'name = "second"\nsplit = { test = 5 }', "belongs to a task"),
        ('name = "zero-shot"', 'like = "answer-only"', "an arm needs a name"),
        ('name = "zero-shot"', 'name = "zero-shot"\nshot = 1', "did you mean 'shots'"),
    ],
)
def test_a_mistake_is_named_before_any_work(
    site: Site, place: Path, old: str, new: str, told: str
) -> None:
    assert old in STUDY
    (place / "study.toml").write_text(STUDY.replace(old, new))
    done = study(site, place)
    assert done.returncode == 2, done.stdout
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (place / "out").exists()
