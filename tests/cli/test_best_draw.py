"""The best draw of the focus and of its baseline, chosen on the pool by whole runs."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from known.site import Site
from known.weather import TWO_ARMS, WEATHER, examples, killed, lay, log, record, rows, run

PLAN = f"{WEATHER}\n[run]\nseed = 1\ndraws = 2\nfaithfulness = false\n{TWO_ARMS}"
ARMS = ("answer-only", "amplify")


@pytest.fixture
def place(site: Site, tmp_path: Path) -> Path:
    return lay(site, tmp_path, plan=PLAN)


def scores(place: Path, out: str = "out") -> dict[str, dict[str, Any]]:
    return {arm["name"]: arm for arm in record(place, out)["arms"]}


def asked(place: Path, out: str = "out") -> dict[str, set[str]]:
    """By the name of the draw, the items that it was asked."""
    items: dict[str, set[str]] = {}
    for line in rows(place, out, "calls.jsonl"):
        items.setdefault(line["arm"], set()).add(line["item"])
    return items


def on_pool(place: Path, out: str = "out") -> dict[str, set[str]]:
    """By the name of the draw, the pool items that it was asked; the survey's among them."""
    test = {line["item"] for line in rows(place, out, "predictions.jsonl")}
    return {name: items - test for name, items in asked(place, out).items()}


def test_the_best_draws_are_chosen_by_pool_items_that_no_draw_shows(
    site: Site, place: Path
) -> None:
    done = run(site, place, "out")
    assert done.returncode == 0, done.stderr
    shown = {line["example"]["id"] for line in rows(place, "out", "demonstrations.jsonl")}
    items = on_pool(place)
    choice = items["amplify (draw 1)"]
    assert choice.isdisjoint(shown)
    assert len(choice) == 40 - len(shown)
    assert items["amplify (draw 2)"] == items["answer-only (draw 2)"] == choice
    assert "choose a draw (answer-only): " in done.stderr
    # The survey asked with the first draw of answer-only: what it was answered is not asked again.
    assert choice < items["answer-only (draw 1)"]
    assert max(Counter(log(place)).values()) == 1

    arms = scores(place)
    for name in ARMS:
        pool = [(draw["pool_correct"], -draw["draw"]) for draw in arms[name]["draws"]]
        assert [draw["pool_items"] for draw in arms[name]["draws"]] == [len(choice)] * 2
        assert arms[name]["best_draw"] == -max(pool)[1]
        mean, best = arms[name]["best_of"]
        accuracies = [draw["correct"] / draw["items"] for draw in arms[name]["draws"]]
        assert mean == pytest.approx(arms[name]["accuracy"])
        assert best == accuracies[arms[name]["best_draw"] - 1]
    found = record(place)
    draws = [(c["baseline"], c["arm_draw"], c["baseline_draw"]) for c in found["comparisons"]]
    best = {name: arms[name]["best_draw"] for name in ARMS}
    assert draws == [("answer-only", 0, 0), ("answer-only", 0, best["answer-only"])]
    prompts = found["prompts"]
    assert (prompts["arm_draw"], prompts["baseline_draw"]) == (best["amplify"], best["answer-only"])
    assert (prompts["level"], prompts["test"]) == ("prompt", "exact McNemar")


def test_a_run_killed_while_it_chooses_is_resumed_and_repeats_nothing(
    site: Site, place: Path
) -> None:
    run(site, place, "whole")
    before = len(log(place))
    chosen_by = scores(place, "whole")["amplify"]["draws"][0]["pool_items"]
    # The last calls are those on the pool items of the two draws of amplify.
    killed(site, place, "run", str(place / "plan.toml"), calls=before - chosen_by, pause="0.02")
    assert not (place / "out" / "record.json").exists()
    assert on_pool(place)["amplify (draw 1)"]
    done = run(site, place, "out", "--resume")
    assert done.returncode == 0, done.stderr
    again = Counter(log(place)[before:])
    # A reply that the kill caught between the LLM and the disk may be asked once more, no other.
    assert again.total() - len(again) <= 1
    assert again.keys() == set(log(place)[:before])
    assert record(place, "out") == record(place, "whole")
    assert len(on_pool(place)["amplify (draw 2)"]) == chosen_by


def test_a_run_that_a_cap_stops_before_the_choice_chooses_nothing(site: Site, place: Path) -> None:
    run(site, place, "whole")
    most = len(log(place)) - 1
    done = run(site, place, "out", "--max-calls", str(most))
    assert done.returncode == 1
    assert "1 item was not asked" in done.stderr
    arms = scores(place)
    assert (arms["answer-only"]["best_draw"], arms["amplify"]["best_draw"]) == (
        scores(place, "whole")["answer-only"]["best_draw"],
        0,
    )
    assert arms["amplify"]["prepared"] == 0
    assert arms["amplify"]["pool_prepared"] == 1
    (note,) = [note for note in record(place)["notes"] if "as its best" in note]
    assert note.startswith("arm amplify: no draw is chosen as its best, as 1 of ")
    assert note.endswith(" prompts on pool items were not answered")
    assert record(place)["prompts"] is None
    assert f"--max-calls {most + 1}" in done.stderr
    done = run(site, place, "out", "--resume", "--max-calls", str(most + 1))
    assert done.returncode == 0, done.stderr
    assert record(place) == record(place, "whole")


def test_a_draw_is_not_chosen_while_a_call_on_the_pool_has_failed(site: Site, place: Path) -> None:
    run(site, place, "whole")
    item = min(on_pool(place, "whole")["amplify (draw 1)"])
    refused = next(e["text"].split()[-1] for e in examples(place) if e["id"] == item)
    survey = ("-o", 'survey.errors="none"')
    done = run(site, place, "out", *survey, KNOWN_REFUSES=refused)
    assert done.returncode == 1
    failures = sum(arm["pool_errors"] for arm in scores(place).values())
    assert failures
    assert f"{failures} calls failed" in done.stderr
    assert sum(reason["count"] for reason in record(place)["failures"]) == failures
    for name, arm in scores(place).items():
        assert (arm["errors"], arm["best_draw"], arm["best_of"]) == (0, 0, [])
        assert any(
            note.startswith(f"arm {name}: no draw is chosen as its best, as ")
            and note.endswith("calls on pool items failed")
            for note in record(place)["notes"]
        )
    before = len(log(place))
    done = run(site, place, "out", "--resume")
    assert done.returncode == 0, done.stderr
    assert len(log(place)) - before == failures
    assert all(arm["best_draw"] for arm in scores(place).values())


@pytest.mark.parametrize("more", [("--draws", "1"), ("-o", "run.choose_on=0")])
def test_a_run_that_chooses_no_draw_asks_no_pool_item(
    site: Site, place: Path, more: tuple[str, ...]
) -> None:
    done = run(site, place, "out", "-o", 'survey.errors="none"', *more)
    assert done.returncode == 0, done.stderr
    assert set().union(*on_pool(place).values()) == set()
    assert "choose a draw" not in done.stderr
    assert record(place)["prompts"] is None
    assert len(record(place)["comparisons"]) == 1
    assert not any("as its best" in note for note in record(place)["notes"])


def test_a_pool_that_the_draws_use_up_leaves_nothing_to_choose_by(site: Site, place: Path) -> None:
    small = ("-o", "split.pool=8", "-o", 'survey.errors="none"', "-o", 'run.draw_from="parts"')
    done = run(site, place, "out", *small)
    assert done.returncode == 0, done.stderr
    notes = [note for note in record(place)["notes"] if "as its best" in note]
    assert [note.partition(":")[0] for note in notes] == ["arm answer-only", "arm amplify"]
    assert all("no pool item is left that no draw shows; see [split] pool" in n for n in notes)
    assert set().union(*on_pool(place).values()) == set()
    assert json.loads((place / "out" / "record.json").read_text())["prompts"] is None
