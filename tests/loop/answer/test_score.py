from __future__ import annotations

import pytest

from amplify import Prediction
from amplify.loop.answer.score import score_arm


def predicted(marks: str) -> list[Prediction]:
    """`1` right, `0` wrong, `u` unparsed, `f` failed, `p` prepared."""
    status = {"u": "unparsed", "f": "failed", "p": "prepared"}
    return [
        Prediction("arm", f"i{n}", "a", "a", status.get(m, "answered"), m == "1")  # type: ignore[arg-type]  # a status
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


DRAWS = {(0, 1): predicted("1110"), (0, 2): predicted("1000"), (0, 3): predicted("1100")}


def test_the_best_draw_is_the_one_with_most_right_answers_on_the_pool() -> None:
    on_pool = {1: predicted("1u0"), 2: predicted("111"), 3: predicted("110")}
    score = score_arm("arm", DRAWS, on_pool=on_pool)
    assert score.best_draw == 2
    assert [(d.draw, d.pool_items, d.pool_correct) for d in score.draws] == [
        (1, 3, 1),
        (2, 3, 3),
        (3, 3, 2),
    ]
    # Of one draw the mean, of two draws those that the pool chooses, of three the best by the pool.
    assert score.best_of == pytest.approx((0.5, (0.25 + 0.25 + 0.5) / 3, 0.25))
    # What the draws answer on the test items has no part in it.
    assert score_arm("arm", DRAWS).best_draw == 0


@pytest.mark.parametrize(("mark", "errors", "prepared"), [("f", 1, 0), ("p", 0, 1)])
def test_no_draw_is_chosen_while_pool_items_are_not_answered(
    mark: str, errors: int, prepared: int
) -> None:
    on_pool = {1: predicted("110"), 2: predicted(f"11{mark}"), 3: predicted("100")}
    score = score_arm("arm", DRAWS, on_pool=on_pool)
    assert (score.best_draw, score.best_of) == (0, ())
    assert (score.pool_errors, score.pool_prepared) == (errors, prepared)
    assert [d.pool_correct for d in score.draws] == [2, None, 1]
    # They are no test items, so that they do not count as wrong.
    assert (score.errors, score.prepared, score.answers) == (0, 0, 12)


def test_no_draw_is_chosen_while_one_has_no_answers_on_the_test_items() -> None:
    draws = {**DRAWS, (0, 3): predicted("pppp")}
    on_pool = {draw: predicted("110") for draw in (1, 2, 3)}
    assert score_arm("arm", draws, on_pool=on_pool).best_draw == 0
