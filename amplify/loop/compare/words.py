"""Says what comparisons show, in words that never claim that there is no difference."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.grammar import counted
from amplify.loop.answer.score import ArmScore
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.metrics import Metric
from amplify.loop.compare.power import needed_draws
from amplify.loop.compare.statistics import LEVEL


def figures(comparison: Comparison) -> str:
    """Difference, interval and p-value of a comparison: "+6.1 points, 95% interval ..."."""
    if comparison.interval is None:
        interval = "no interval can be estimated"
    else:
        low, high = comparison.interval
        interval = f"95% interval {100 * low:+.1f} to {100 * high:+.1f}"
    gain = f"{100 * comparison.difference:+.1f} {comparison.unit}"
    return f"{gain}, {interval}, {p_words(comparison)}"


def p_words(comparison: Comparison) -> str:
    """The p-value as words, adjusted where the family has more than one comparison."""
    value = "p < 0.0001" if comparison.p < 0.0001 else f"p = {comparison.p:.2g}"
    return value + (
        f" after Holm over {comparison.comparisons}" if comparison.comparisons > 1 else ""
    )


def could_show(comparison: Comparison) -> str:
    """What so many items and draws could have shown."""
    if comparison.detectable is None:
        if comparison.by_draw:
            draws = len(comparison.by_draw)
            return f"{draws} draws that differ so much could not have shown any gain"
        return "so few items on which the two differ could not have shown any gain"
    gain = f"{100 * comparison.detectable:.1f} {comparison.unit}"
    shown = f"a true gain of {gain} would be shown in 4 runs of 5"
    return f"{shown}{_draws_to_show(comparison)}"


def _draws_to_show(comparison: Comparison) -> str:
    """How many draws would show a gain as large as the difference seen, at the variances seen.

    Both are estimates: from few draws the number is no more than a rough guide.
    """
    if comparison.variances is None or comparison.shown or not comparison.difference:
        return ""
    gain = abs(comparison.difference)
    draws = needed_draws(gain, comparison.variances, comparison.items, comparison.comparisons)
    if draws is None:
        return "; so many items could not show one of this size, however many draws"
    return f"; one of this size with {max(draws, len(comparison.by_draw)):,} draws"


def baseline_words(comparison: Comparison) -> str:
    """The baseline of a comparison, and which of its draws it is."""
    draws = len(comparison.by_draw)
    if comparison.baseline_draw:
        draw = f"draw {comparison.baseline_draw}, chosen on the pool"
        return f"the best draw of {comparison.baseline} ({draw})"
    return f"the mean draw of {comparison.baseline}" if draws else comparison.baseline


def against_baseline(comparison: Comparison) -> str:
    """The comparison with a baseline as a sentence."""
    claim = {
        1: "a gain",
        -1: "a loss",
        0: f"no evidence of a gain or a loss ({could_show(comparison)})",
    }[comparison.shown]
    return f"{comparison.arm} against {baseline_words(comparison)}: {figures(comparison)}: {claim}."


def against_control(comparison: Comparison, tests: str) -> str:
    """The comparison with a control as a sentence; `tests` is what the control lacks."""
    claim = {
        1: f"{tests} matter",
        -1: f"{comparison.arm} does worse than its control, so {tests} do harm here",
        0: f"no evidence that {tests} matter ({could_show(comparison)})",
    }[comparison.shown]
    return (
        f"{comparison.arm} against its control {comparison.baseline}: {figures(comparison)}:"
        f" {claim}."
    )


def as_prompts(comparison: Comparison) -> str:
    """The comparison of two prompts, of draws that were chosen as the best, as a sentence."""
    claim = {
        1: "this prompt is better on new items",
        -1: "this prompt is worse on new items",
        0: f"no evidence that either prompt is better ({could_show(comparison)})",
    }[comparison.shown]
    first, second = (
        f"draw {draw} of {arm} (its best on the pool)" if draw else arm
        for arm, draw in (
            (comparison.arm, comparison.arm_draw),
            (comparison.baseline, comparison.baseline_draw),
        )
    )
    return f"As prompts, {first} against {second}: {figures(comparison)}: {claim}."


def draw_by_draw(comparison: Comparison) -> str | None:
    """What tests of single draws would have claimed; None where that is nothing."""
    claimed = [draw for draw in comparison.by_draw if draw.p_value < LEVEL]
    if not claimed:
        return None
    gains = sum(draw.difference > 0 for draw in claimed)
    losses = len(claimed) - gains
    return (
        f"Draw by draw, a test over items alone claims a gain of {comparison.arm} over"
        f" {comparison.baseline} in {gains} and a loss in {losses} of {len(comparison.by_draw)}"
        " draws."
    )


def ranges(scores: Sequence[ArmScore], metric: Metric = "accuracy") -> str | None:
    """How much the accuracies of the arms differ between draws; None where none has several.

    They are called so where another `metric` is what arms are compared by.
    """
    what = "" if metric == "accuracy" else "the accuracy of "
    parts = []
    for score in scores:
        if score.range is not None and score.spread is not None:
            low, high = score.range
            parts.append(
                f"{what}{score.name} ranged from {100 * low:.1f} to {100 * high:.1f} over"
                f" {counted(len(score.draws), 'draw')} (standard deviation"
                f" {100 * score.spread:.1f})"
            )
    return f"{', '.join(parts)}." if parts else None
