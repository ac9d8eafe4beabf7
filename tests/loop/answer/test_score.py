from __future__ import annotations

import pytest

from amplify import Prediction
from amplify.loop.answer.score import score_arm


def predicted(marks: str) -> list[Prediction]:
    """`1` right, `0` wrong, `u` unparsed, `f` failed, `p` prepared."""
    status = {"u": "unparsed", "f": "failed", "p": "prepared"}
    return [
        Prediction("arm", f"i{n}", "a", "a", status.get(m, "answered"), m == "1")  # type: ignore[arg-type]
        for n, m in enumerate(marks)
    ]


def test_unparsed_and_failed_items_are_wrong_and_counted_apart() -> None:
    found = score_arm("arm", {(0, 0): predicted("110uff")})
    assert (found.items, found.correct, found.unparsed, found.errors) == (6, 2, 1, 2)
    assert found.accuracy == pytest.approx(1 / 3)


def test_an_arm_that_nobody_answered_has_no_accuracy() -> None:
    found = score_arm("arm", {(0, 0): predicted("ppp")})
    assert (found.accuracy, found.interval, found.prepared) == (None, None, 3)


def test_an_arm_of_several_draws_has_mean_spread_and_range() -> None:
    draws = {(0, 1): predicted("1111000000"), (0, 2): predicted("1111111100")}
    score = score_arm("arm", draws)
    assert (score.items, score.answers, score.correct, score.accuracy) == (10, 20, 12, 0.6)
    assert [(d.draw, d.correct, d.accuracy) for d in score.draws] == [(1, 4, 0.4), (2, 8, 0.8)]
    assert score.spread == pytest.approx(0.4 / 2**0.5)
    assert score.range == (0.4, 0.8)
    assert score.interval is not None
    assert score.interval[0] < 0.4  # two draws say little of the mean
    assert score.interval[1] > 0.8


def test_draws_that_are_all_right_have_wilsons_interval_over_items() -> None:
    score = score_arm("arm", {(0, 1): predicted("1" * 20), (0, 2): predicted("1" * 20)})
    assert score.interval == score_arm("arm", {(0, 0): predicted("1" * 20)}).interval
