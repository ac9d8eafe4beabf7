"""Reaches the verdict on the focus arm: on the method over draws, or on its prompts alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from amplify.contract.grammar import counted
from amplify.loop.answer.score import ArmScore
from amplify.loop.audit.contrast import Contrast, contrast_words
from amplify.loop.compare.compare import Comparison, Level
from amplify.loop.compare.demand import Demand, DemandResult, check_demand
from amplify.loop.compare.metrics import NAMES
from amplify.loop.compare.outlook import Outlook, outlook_of, outlook_words
from amplify.loop.compare.words import (
    against_baseline,
    against_control,
    as_prompts,
    draw_by_draw,
    ranges,
)

Effect = Literal["gain", "loss", "no evidence", "not compared"]

ALL_DIFFER = Contrast()
"""Every arm has prompts and, where it explains, rationales of its own."""

_EFFECTS: dict[int, Effect] = {1: "gain", -1: "loss", 0: "no evidence"}


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
    "no evidence" is no claim at all. `level` says what the claims are about: "method", which makes
    prompts from demonstrations that are drawn anew, or "prompt", with the demonstrations at hand.
    `outcome` is against the mean draw of the baseline, `outcome_best` against its best draw, chosen
    on the pool, and `outcome_prompts` that of the best draws of both as prompts; the last two are
    "not compared" where no draw was chosen. `sentences` say it in words, the conclusion first.
    `outlook` tells what so many draws and items can show (None: nothing was compared), and `demand`
    is None where none was made.
    """

    focus: str
    baseline: str | None
    outcome: Effect
    placebos: tuple[ControlResult, ...]
    sentences: tuple[str, ...]
    demand: DemandResult | None = None
    level: Level = "prompt"
    outcome_best: Effect = "not compared"
    outcome_prompts: Effect = "not compared"
    outlook: Outlook | None = None


def reach_verdict(
    focus: str,
    baseline: str | None,
    controls: Mapping[str, str],
    comparisons: Sequence[Comparison],
    demand: Demand | None = None,
    failed: int = 0,
    contrast: Contrast = ALL_DIFFER,
    scores: Sequence[ArmScore] = (),
    prompts: Comparison | None = None,
) -> Verdict:
    """The verdict on `focus`.

    `controls` tells for each control of the focus what it tests, as a plural phrase ("the key
    words"). `comparisons` are of `focus` against the others, as one adjusted family; those of
    other arms are not looked at. `failed` counts the test items that count as wrong only because
    their call failed. By `contrast`, a control that is no control tests nothing. `scores` are those
    of the arms, `prompts` compares the best draw of the focus with that of its baseline.
    """
    of_focus = [c for c in comparisons if c.arm == focus]
    against = {c.baseline: c for c in of_focus if not c.baseline_draw}
    best = next((c for c in of_focus if c.baseline_draw and c.baseline == baseline), None)
    gain = against.get(baseline) if baseline is not None else None
    blind = {arm: tests for arm, tests in controls.items() if _is_blind(arm, focus, contrast)}
    placebos = tuple(
        ControlResult(arm, tests, _EFFECTS[against[arm].shown])
        for arm, tests in controls.items()
        if arm in against and arm not in blind
    )
    outcome = _effect(gain)
    identical = baseline is not None and contrast.identical(focus, baseline)
    pair = [score for score in scores if score.name in (focus, baseline)]
    if identical:
        sentences = [f"{focus} asks what {baseline} asks: nothing here can show whether it helps."]
    else:
        head = _conclusion(focus, baseline, outcome, placebos, list(blind.values()))
        sentences = [_with_level(head, gain, pair), *_caveat(gain, pair)]
    sentences += [f"{sentence}." for sentence in contrast_words(contrast)]
    sentences += [
        f"{focus} against {arm}: this run cannot show whether {tests} matter."
        for arm, tests in blind.items()
    ]
    sentences += [against_baseline(c) for c in (gain, best) if c is not None]
    sentences += [against_control(against[placebo.arm], placebo.tests) for placebo in placebos]
    others = [c for name, c in against.items() if name != baseline and name not in controls]
    sentences += [against_baseline(other) for other in others if other.shown < 0]
    sentences += [as_prompts(prompts)] if prompts is not None else []
    if gain is not None and gain.level == "method":
        sentences += filter(None, (ranges(pair, gain.metric), draw_by_draw(gain)))
    ahead = None if gain is None else outlook_of(gain)
    if gain is not None and ahead is not None and not _fixed(pair):
        sentences.append(outlook_words(ahead, gain.unit))
    if failed:
        sentences.append(
            f"This is no final verdict: {counted(failed, 'call')} failed, and their items count"
            " as wrong."
        )
    return Verdict(
        focus,
        baseline,
        outcome,
        placebos,
        tuple(sentences),
        check_demand(gain, demand, identical) if demand else None,
        "prompt" if gain is None else gain.level,
        _effect(best),
        _effect(prompts),
        ahead,
    )


def _effect(comparison: Comparison | None) -> Effect:
    return "not compared" if comparison is None else _EFFECTS[comparison.shown]


def _fixed(pair: Sequence[ArmScore]) -> bool:
    """Whether the arms draw no demonstrations, so that their prompts are all there is of them."""
    return bool(pair) and all(score.draws_none for score in pair)


def _with_level(head: str, gain: Comparison | None, pair: Sequence[ArmScore]) -> str:
    """The conclusion, which says whether it speaks of the method or of the prompts."""
    if gain is None:
        return head
    drawn = "prompts" if _fixed(pair) else "demonstrations"
    words = f"with these {drawn}"
    if gain.level == "method":
        words = f"over {len(gain.by_draw)} draws of demonstrations"
    if gain.metric != "accuracy":
        words = f"by {NAMES[gain.metric]}, {words}"
    return f"{words[0].upper()}{words[1:]}, {head}"


def _caveat(gain: Comparison | None, pair: Sequence[ArmScore]) -> list[str]:
    """That a single draw says nothing of the method, and what is known of other draws."""
    if gain is None or gain.level == "method":
        return []
    if _fixed(pair):
        return ["No demonstrations are drawn: what holds for these prompts holds for the arms."]
    spread = ranges(pair, gain.metric)
    known = f"{spread.removesuffix('.')}, so this" if spread else "This"
    return [f"{known} says nothing yet about the method: see --draws."]


def _is_blind(control: str, focus: str, contrast: Contrast) -> bool:
    """Whether a control cannot test what it is for: it asks what the focus asks, or one of the two
    shows no rationale."""
    shows_none = contrast.shows_nothing(focus) or contrast.shows_nothing(control)
    return shows_none or contrast.identical(focus, control)


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
        return f"{focus} does worse than {baseline} on this task with this LLM."
    if outcome == "no evidence":
        return f"nothing here shows that {focus} helps on this task with this LLM."
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
