"""The demonstrations of a page: what each is worth stands below it, with a plot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from amplify.report.page.demonstrations import arm_demonstrations, worth_sentences
from amplify.run.store.stored_run import StoredRun, read_run

from .conftest import NAME, Page


def part(shot: int, value: float) -> dict[str, Any]:
    bounds = {"lower": value - 0.2, "upper": value + 0.1}
    interval = [value - 0.1, value + 0.1]
    worth = {"value": value, "interval": interval, **bounds, "p_value": 0.5, "adjusted": 1.0}
    return {"shot": shot, "example": f"e{shot}", "left_out": worth}


def parts(*values: float) -> dict[str, Any]:
    measured = [part(shot, value) for shot, value in enumerate(values)]
    return {"parts": measured, "coalitions": 3, "repeated": 0}


def with_worth(page: Page) -> StoredRun:
    """The run, as if the worth of the focus had been measured."""
    run = read_run(page.run)
    counts = {"items": 10, "correct": 9, "bare": None, "errors": 0, "whole": True}
    measured = {"demonstrations": parts(0.25, -0.1), "rationales": parts(0.0, 0.05)}
    worth = {"arm": NAME, "draw": 0, **counts, **measured, "pruned": None}
    return replace(run, record={**run.record, "worth": worth})


def test_what_each_demonstration_is_worth_stands_below_it(hostile: Page) -> None:
    run = with_worth(hostile)
    focus, other = arm_demonstrations(run, NAME)
    lines = [[words for _, words in shot.worth] for shot in focus.shots]
    assert lines == [
        [
            "worth: left out +25.0 (+15.0 to +35.0)",
            "rationale worth: left out +0.0 (-10.0 to +10.0)",
        ],
        [
            "worth: left out -10.0 (-20.0 to +0.0)",
            "rationale worth: left out +5.0 (-5.0 to +15.0)",
        ],
    ]
    assert all(plot is not None for shot in focus.shots for plot, _ in shot.worth)
    assert [shot.worth for shot in other.shots] == [[], []]
    assert worth_sentences(run.record)[0].endswith("90.0% right with all of them")


def test_nothing_is_said_of_worth_where_it_was_not_measured(hostile: Page) -> None:
    run = read_run(hostile.run)
    assert worth_sentences(run.record) == []
    assert [shot.worth for arm in arm_demonstrations(run, NAME) for shot in arm.shots] == [[]] * 4


def test_key_words_of_a_run_are_marked_with_the_other_words(hostile: Page) -> None:
    focus, _ = arm_demonstrations(read_run(hostile.run), NAME)
    for shot in focus.shots:
        keys = [part.text for part in shot.parts if part.key]
        assert {key.lower() for key in keys} >= {word["text"].lower() for word in shot.row["words"]}
        assert shot.target == shot.row["example"]["label"]
        assert "".join(part.text for part in shot.parts) == shot.row["example"]["text"]
