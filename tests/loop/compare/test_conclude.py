"""What a run concludes of the best draws of its focus and of its baseline."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from amplify import Prediction
from amplify.loop.audit.contrast import Contrast, EqualPrompts
from amplify.loop.audit.require_contrast import Focus
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.conclude import Conclusion, conclude
from amplify.loop.compare.pairing import ByDraw
from amplify.loop.compare.statistics import mcnemar
from amplify.loop.compare.verdict import Demand
from amplify.loop.prompt.shown import ShownExamples

FOCUS = Focus("amplify", True, "answer-only", {})
ITEMS = 40


def answers(right: int) -> list[Prediction]:
    """Answers of which the first ones are right."""
    return [Prediction("a", f"i{n}", "x", "x", "answered", n < right) for n in range(ITEMS)]


def drawn(*right: int) -> ByDraw:
    """The answers of an arm that is drawn as often as there are numbers."""
    if len(right) == 1:
        return {(7, 0): answers(*right)}
    return {(7, draw): answers(count) for draw, count in enumerate(right, 1)}


def on_pool(*right: int) -> dict[int, list[Prediction]]:
    return {draw: answers(count) for draw, count in enumerate(right, 1)}


PREDICTIONS = {
    "zero-shot": drawn(10),
    "answer-only": drawn(12, 30, 14),
    "amplify": drawn(28, 24, 26),
}
CHOSEN = {"answer-only": on_pool(5, 20, 8), "amplify": on_pool(30, 20, 20)}


def concluded(
    predictions: Mapping[str, ByDraw],
    pool: Mapping[str, Mapping[int, list[Prediction]]],
    contrast: Contrast | None = None,
    shown: Mapping[str, str] | None = None,
) -> Conclusion:
    """What is concluded; `shown` has, by arm, a letter for the example that each draw shows."""
    none = {name for name, by_draw in predictions.items() if len(by_draw) == 1}
    draws = {
        name: {draw: ShownExamples.of((letter,), {}) for draw, letter in enumerate(letters, 1)}
        for name, letters in (shown or {}).items()
    }
    return conclude(
        predictions, FOCUS, contrast or Contrast(), Demand(), 7, none, pool, shown=draws
    )


def told(comparison: Comparison | None) -> tuple[str, str, int, int, str]:
    assert comparison is not None
    draws = comparison.arm_draw, comparison.baseline_draw
    return comparison.arm, comparison.baseline, *draws, comparison.level


def test_the_focus_is_compared_with_the_mean_and_the_best_draw_of_its_baseline() -> None:
    conclusion = concluded(PREDICTIONS, CHOSEN)
    assert [told(comparison) for comparison in conclusion.comparisons] == [
        ("amplify", "zero-shot", 0, 0, "method"),
        ("amplify", "answer-only", 0, 0, "method"),
        ("amplify", "answer-only", 0, 2, "method"),
    ]
    mean, best = conclusion.comparisons[1:]
    assert mean.difference == pytest.approx((28 + 24 + 26 - 12 - 30 - 14) / 3 / ITEMS)
    assert best.difference == pytest.approx((28 + 24 + 26 - 3 * 30) / 3 / ITEMS)
    assert len(best.by_draw) == 3
    assert {comparison.comparisons for comparison in conclusion.comparisons} == {3}
    # The outcome is about the mean draw.
    assert conclusion.verdict.outcome != "loss"
    assert {score.name: score.best_draw for score in conclusion.scores} == {
        "zero-shot": 0,
        "answer-only": 2,
        "amplify": 1,
    }


def test_the_best_draws_of_both_are_compared_as_prompts() -> None:
    prompts = concluded(PREDICTIONS, CHOSEN).prompts
    assert told(prompts) == ("amplify", "answer-only", 1, 2, "prompt")
    assert prompts is not None
    assert (prompts.items, prompts.fixed, prompts.broken) == (ITEMS, 0, 2)
    assert (prompts.test, prompts.p_value) == ("exact McNemar", mcnemar(0, 2))
    # It is the only one of its family.
    assert (prompts.comparisons, prompts.adjusted) == (1, prompts.p_value)


def test_a_baseline_with_a_single_prompt_stands_for_itself() -> None:
    fixed = {**PREDICTIONS, "answer-only": drawn(20)}
    conclusion = concluded(fixed, {"amplify": CHOSEN["amplify"]})
    assert [c.baseline_draw for c in conclusion.comparisons] == [0, 0]
    assert told(conclusion.prompts) == ("amplify", "answer-only", 1, 0, "prompt")
    assert conclusion.prompts is not None
    assert conclusion.prompts.fixed == 8


def test_a_focus_with_a_single_prompt_is_compared_with_the_best_draw_once() -> None:
    fixed = {**PREDICTIONS, "amplify": drawn(20)}
    conclusion = concluded(fixed, {"answer-only": CHOSEN["answer-only"]})
    assert [c.baseline_draw for c in conclusion.comparisons] == [0, 0]
    assert told(conclusion.prompts) == ("amplify", "answer-only", 0, 2, "prompt")


@pytest.mark.parametrize(
    "pool", [{}, {"amplify": CHOSEN["amplify"]}, {"answer-only": CHOSEN["answer-only"]}]
)
def test_prompts_are_compared_only_where_both_draws_are_chosen(
    pool: Mapping[str, Mapping[int, list[Prediction]]],
) -> None:
    conclusion = concluded(PREDICTIONS, pool)
    assert conclusion.prompts is None
    assert len(conclusion.comparisons) == 2 + ("answer-only" in pool)


def test_single_draws_are_compared_as_ever() -> None:
    single = {"answer-only": drawn(20), "amplify": drawn(24)}
    conclusion = concluded(single, {})
    assert (len(conclusion.comparisons), conclusion.prompts) == (1, None)


def test_arms_that_ask_the_same_are_not_compared_by_their_best_draws_either() -> None:
    same = Contrast(same=(EqualPrompts("amplify", "answer-only", ITEMS, ITEMS),))
    conclusion = concluded(PREDICTIONS, CHOSEN, same)
    assert [c.baseline for c in conclusion.comparisons] == ["zero-shot"]
    assert conclusion.prompts is None


def test_equal_draws_are_one_draw_and_allow_no_claim_on_the_method() -> None:
    alike = {"answer-only": drawn(10, 10, 10), "amplify": drawn(30, 30, 30)}
    pool = {"answer-only": on_pool(5, 5, 5), "amplify": on_pool(9, 9, 9)}
    conclusion = concluded(alike, pool, shown={"answer-only": "aaa", "amplify": "bbb"})
    (comparison,) = conclusion.comparisons
    assert (comparison.level, comparison.test) == ("prompt", "exact McNemar")
    assert (comparison.by_draw, comparison.fixed, comparison.items) == ((), 20, ITEMS)
    assert [(score.draws, score.answers) for score in conclusion.scores] == [((), ITEMS)] * 2
    assert conclusion.prompts is None
    # Beside draws of another arm that differ, it is a prompt that stands in each of them.
    half = concluded(
        {**alike, "answer-only": drawn(10, 12, 14)},
        {},
        shown={"answer-only": "abc", "amplify": "ddd"},
    )
    (comparison,) = half.comparisons
    assert (comparison.level, len(comparison.by_draw)) == ("prompt", 3)


def test_a_draw_that_shows_what_an_earlier_one_shows_counts_no_second_time() -> None:
    twice = {**PREDICTIONS, "answer-only": drawn(12, 12, 14)}
    pool = {**CHOSEN, "answer-only": on_pool(5, 20, 8)}
    conclusion = concluded(twice, pool, shown={"answer-only": "aab", "amplify": "abc"})
    counted = {score.name: [d.draw for d in score.draws] for score in conclusion.scores}
    assert counted == {"zero-shot": [], "answer-only": [1, 3], "amplify": [1, 2, 3]}
    mean = next(c for c in conclusion.comparisons if c.baseline == "answer-only")
    assert [draw.draw for draw in mean.by_draw] == [1, 3]
    # The second draw, which is the first one again, is not chosen as the best either.
    assert {score.name: score.best_draw for score in conclusion.scores}["answer-only"] == 3
