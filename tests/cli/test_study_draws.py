"""Draws of a study: those of its runs and its seeds, which share their work."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from known.site import Site
from known.studies import STUDY, lay_study, lines, study
from known.weather import log, record


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay_study(site, tmp_path)


def test_seeds_and_draws_are_draws_and_share_their_work(site: Site, place: Path) -> None:
    one = ("--tasks", "weather", "--llms", "first")
    done = study(site, place, *one, "--draws", "2")
    assert done.returncode == 0, done.stderr
    (result,) = record(place)["results"]
    draws = {
        arm["arm"]: [(draw["seed"], draw["draw"]) for draw in arm["draws"]]
        for arm in result["arms"]
    }
    assert draws["zero-shot"] == []
    assert draws["amplify"] == draws["answer-only"] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert {c["level"] for c in result["comparisons"]} == {"method"}
    assert {len(c["by_draw"]) for c in result["comparisons"]} == {4}
    # A seed has its own proxy, and all of its draws share it.
    assert len(lines(place / "log.fits")) == record(place)["work"]["fits"]["distinct"] == 2
    assert len(log(place)) == len(set(log(place)))
    rows = list(csv.DictReader((place / "out" / "table.csv").read_text().split("\n")))
    assert [row["draws"] for row in rows if row["arm"] in ("zero-shot", "answer-only")] == [
        "1",
        "4",
    ]
    assert (place / "out" / "draws.svg").read_text().count("seed 2, draw 1:") == len(rows) - 1
    text = " ".join(done.stdout.split())
    assert "level method: about new items with demonstrations that are drawn anew" in text
    assert "Over 4 draws of demonstrations," in text


def test_seeds_that_choose_the_same_demonstrations_are_one_draw(site: Site, place: Path) -> None:
    told = STUDY.replace("[proxy]", '[survey]\nerrors = "proxy"\n[proxy]')
    (place / "study.toml").write_text(told)
    done = study(site, place, "--tasks", "weather", "--llms", "first")
    assert done.returncode == 0, done.stderr
    (result,) = record(place)["results"]
    arms = {arm["arm"]: arm for arm in result["arms"]}
    assert (arms["amplify"]["answers"], arms["amplify"]["draws"]) == (40, [])
    assert len(arms["answer-only"]["draws"]) == 2
    levels = {c["baseline"]: c["level"] for c in result["comparisons"]}
    assert levels["answer-only"] == "prompt"
    (note,) = (note for note in result["notes"] if note.startswith("amplify, "))
    assert "1 of 2 draws show the examples of another draw, so that 1 counts" in note
    assert "level prompt: about new items with these very demonstrations" in " ".join(
        done.stdout.split()
    )


def test_a_study_without_draws_keeps_its_digest(place: Path) -> None:
    from amplify.run.study.read import StudyOverrides, read_study

    file = place / "study.toml"
    (place / "study.toml").write_text(STUDY)
    plain = read_study(file, StudyOverrides(tasks=("weather",)))
    assert plain.digest == read_study(file, StudyOverrides(tasks=("weather",), draws=None)).digest
    assert plain.digest != read_study(file, StudyOverrides(tasks=("weather",), draws=2)).digest
