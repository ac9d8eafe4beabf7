"""Reaches the verdict on the focus arm, in words that never claim that there is no difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from amplify.loop.audit.contrast import Contrast, contrast_words
from amplify.loop.compare.compare import Comparison

Effect = Literal["gain", "loss", "no evidence", "not compared"]

ALL_DIFFER = Contrast()
"""Every arm has prompts and, where it explains, rationales of its own."""

_EFFECTS: dict[int, Effect] = {1: "gain", -1: "loss", 0: "no evidence"}


@dataclass(frozen=True)
class Demand:
    """What `--min-gain` (in points) and `--max-p` ask of the focus against its baseline."""

    min_gain: float | None = None
    max_p: float | None = None


@dataclass(frozen=True)
class DemandResult:
    """Whether a demand was met, and why."""

    min_gain: float | None
    max_p: float | None
    shown: bool
    why: str


@dataclass(frozen=True)
class ControlResult:
    """What the test against one control says: does what the control lacks matter?"""

    arm: str
    tests: str
    outcome: Effect


@dataclass(frozen=True)
class Verdict:
    """What is shown of `focus`: against its `baseline`, and against each of its controls.

    "gain" and "loss" are claims at the 0.05 level after Holm over the run's comparisons;
    "no evidence" is no claim at all. `sentences` say it in words, the conclusion first. `demand`
    is None where none was made.
    """

    focus: str
    baseline: str | None
    outcome: Effect
    placebos: tuple[ControlResult, ...]
    sentences: tuple[str, ...]
    demand: DemandResult | None = None


def reach_verdict(
    focus: str,
    baseline: str | None,
    controls: Mapping[str, str],
    comparisons: Sequence[Comparison],
    demand: Demand | None = None,
    failed: int = 0,
    contrast: Contrast = ALL_DIFFER,
) -> Verdict:
    """The verdict on `focus`.

    `controls` tells for each control of the focus what it tests, as a plural phrase ("the key
    words"). `comparisons` are of `focus` against the others, as one adjusted family; those of
    other arms are not looked at. `failed` counts the test items that count as wrong only because
    their call failed. By `contrast`, a control that is no control tests nothing.
    """
    against = {c.baseline: c for c in comparisons if c.arm == focus}
    gain = against.get(baseline) if baseline is not None else None
    blind = {arm: tests for arm, tests in controls.items() if _is_blind(arm, focus, contrast)}
    placebos = tuple(
        ControlResult(arm, tests, _EFFECTS[against[arm].shown])
        for arm, tests in controls.items()
        if arm in against and arm not in blind
    )
    outcome: Effect = "not compared" if gain is None else _EFFECTS[gain.shown]
    identical = baseline is not None and contrast.identical(focus, baseline)
    if identical:
        sentences = [f"{focus} asks what {baseline} asks: nothing here can show whether it helps."]
    else:
        sentences = [_conclusion(focus, baseline, outcome, placebos, list(blind.values()))]
    sentences += [f"{sentence}." for sentence in contrast_words(contrast)]
    sentences += [
        f"{focus} against {arm}: this run cannot show whether {tests} matter."
        for arm, tests in blind.items()
    ]
    sentences += [_against_baseline(gain)] if gain else []
    sentences += [_against_control(against[placebo.arm], placebo) for placebo in placebos]
    others = [c for name, c in against.items() if name != baseline and name not in controls]
    sentences += [_against_baseline(other) for other in others if other.shown < 0]
    if failed:
        sentences.append(
            f"This is no final verdict: {failed} calls failed, and their items count as wrong."
        )
    demanded = demand is not None and (demand.min_gain is not None or demand.max_p is not None)
    return Verdict(
        focus,
        baseline,
        outcome,
        placebos,
        tuple(sentences),
        check_demand(gain, demand, identical) if demand is not None and demanded else None,
    )


def _is_blind(control: str, focus: str, contrast: Contrast) -> bool:
    """Whether a control cannot test what it is for: it asks what the focus asks, or one of the two
    shows no rationale."""
    shows_none = contrast.shows_nothing(focus) or contrast.shows_nothing(control)
    return shows_none or contrast.identical(focus, control)


def check_demand(gain: Comparison | None, demand: Demand, identical: bool = False) -> DemandResult:
    """Whether the gain over the baseline meets the demand.

    `gain` is the comparison with the baseline, `identical` says that both ask the very same.

    `min_gain` is met where the lower end of the 95% interval reaches it; `max_p` where the
    difference is above 0 and its p-value, after Holm, is at most that. Both, where both are given.
    """
    reasons = []
    if gain is None:
        reason = "ask the very same" if identical else "were not both answered"
        reasons.append(f"the arm and its baseline {reason}")
    else:
        low = None if gain.interval is None else 100 * gain.interval[0]
        if demand.min_gain is not None and (low is None or low < demand.min_gain):
            low_words = "cannot be estimated" if low is None else f"begins at {low:+.1f}"
            reasons.append(
                f"the 95% interval {low_words}, and {demand.min_gain:+g} points were asked"
            )
        if demand.max_p is not None and gain.difference <= 0:
            reasons.append("there is no gain")
        elif demand.max_p is not None and gain.p > demand.max_p:
            reasons.append(f"{p_words(gain)}, and {demand.max_p:g} was asked")
    why = "; ".join(reasons) or "the gain is what was asked"
    return DemandResult(demand.min_gain, demand.max_p, not reasons, why)


def figures(comparison: Comparison) -> str:
    """Difference, interval and p-value of a comparison: "+6.1 points, 95% interval ..."."""
    if comparison.interval is None:
        interval = "no interval can be estimated"
    else:
        low, high = comparison.interval
        interval = f"95% interval {100 * low:+.1f} to {100 * high:+.1f}"
    return f"{100 * comparison.difference:+.1f} points, {interval}, {p_words(comparison)}"


def p_words(comparison: Comparison) -> str:
    """The p-value as words, adjusted where the family has more than one comparison."""
    value = "p < 0.0001" if comparison.p < 0.0001 else f"p = {comparison.p:.2g}"
    return value + (
        f" after Holm over {comparison.comparisons}" if comparison.comparisons > 1 else ""
    )


def could_show(comparison: Comparison) -> str:
    """What so many items could have shown."""
    if comparison.detectable is None:
        return "so few items on which the two differ could not have shown any gain"
    return f"a true gain of {100 * comparison.detectable:.1f} points would be shown in 4 runs of 5"


def _against_baseline(comparison: Comparison) -> str:
    claim = {
        1: "a gain",
        -1: "a loss",
        0: f"no evidence of a gain or a loss ({could_show(comparison)})",
    }[comparison.shown]
    return f"{comparison.arm} against {comparison.baseline}: {figures(comparison)}: {claim}."


def _against_control(comparison: Comparison, placebo: ControlResult) -> str:
    claim = {
        "gain": f"{placebo.tests} matter",
        "loss": f"{comparison.arm} does worse than its control, so {placebo.tests} do harm here",
    }.get(placebo.outcome, f"no evidence that {placebo.tests} matter ({could_show(comparison)})")
    return (
        f"{comparison.arm} against its control {comparison.baseline}: {figures(comparison)}:"
        f" {claim}."
    )


def _conclusion(
    focus: str,
    baseline: str | None,
    outcome: Effect,
    placebos: Sequence[ControlResult],
    blind: Sequence[str],
) -> str:
    if outcome == "not compared":
        return f"{focus} and its baseline were not both answered: there is nothing to judge."
    if outcome == "loss":
        return f"On this task, with this LLM, {focus} does worse than {baseline}."
    if outcome == "no evidence":
        return f"Nothing here shows that {focus} helps on this task with this LLM."
    head = f"{focus} does better than {baseline} on this task with this LLM"
    if not placebos and not blind:
        return (
            f"{head}. No control of it was answered, so that nothing here tells whether its"
            " rationales are what helps."
        )
    open_ = list(dict.fromkeys([*blind, *(o.tests for o in placebos if o.outcome != "gain")]))
    if not open_:
        return f"{head}, and does better than its controls too: {_listed(placebos)} matter."
    return f"{head}, but nothing here shows that {' or '.join(open_)} are what helps."


def _listed(placebos: Sequence[ControlResult]) -> str:
    return " and ".join(dict.fromkeys(placebo.tests for placebo in placebos))
