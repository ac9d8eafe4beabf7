"""Concludes a run: from predictions to scores, comparisons and the verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from amplify.loop.answer.score import ArmScore, score_arm
from amplify.loop.audit.contrast import Contrast
from amplify.loop.audit.require_contrast import Focus
from amplify.loop.compare.compare import ByDraw, Comparison, adjust, compare
from amplify.loop.compare.demand import Demand
from amplify.loop.compare.pairs import comparison_pairs
from amplify.loop.compare.verdict import Verdict, reach_verdict


@dataclass(frozen=True)
class Conclusion:
    """What a run shows: each arm's score, the comparisons as one family, and the verdict."""

    scores: tuple[ArmScore, ...]
    comparisons: tuple[Comparison, ...]
    verdict: Verdict

    def paired_notes(self, items: int) -> list[str]:
        """On how many of the test items, which are `items`, the arms are compared."""
        counts = sorted({comparison.items for comparison in self.comparisons})
        if not counts or counts == [items]:
            return []
        some = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
        return [f"arms are compared on the {some} of {items:,} items that both have answered"]


def conclude(
    predictions: Mapping[str, ByDraw],
    focus: Focus,
    contrast: Contrast,
    demand: Demand,
    seed: int,
    draws_none: Collection[str] = (),
) -> Conclusion:
    """What the predictions of the arms, by name and draw, show of the focus.

    By `contrast`, arms that ask the very same are not compared. `demand` is what the gain has to
    be, `seed` that of the resampling. `draws_none` are the arms that draw no demonstrations.
    """
    scores = [score_arm(name, by_draw, name in draws_none) for name, by_draw in predictions.items()]
    comparisons = compare_arms(predictions, focus, contrast, seed, draws_none)
    errors = sum(score.errors for score in scores)
    verdict = reach_verdict(
        focus.arm,
        focus.baseline,
        focus.controls,
        comparisons,
        demand,
        errors,
        contrast,
        scores,
    )
    return Conclusion(tuple(scores), tuple(comparisons), verdict)


def compare_arms(
    predictions: Mapping[str, ByDraw],
    focus: Focus,
    contrast: Contrast,
    seed: int,
    draws_none: Collection[str] = (),
) -> list[Comparison]:
    """The focus arm against every other; while it has no answers, the others against a baseline.

    They are one family: p-values are adjusted over all of them. Which arms are compared is
    chosen by `comparison_pairs`. `draws_none` are the arms that draw no demonstrations.
    """
    scored = [
        name
        for name, by_draw in predictions.items()
        if any(
            prediction.status != "prepared"
            for answers in by_draw.values()
            for prediction in answers
        )
    ]
    pairs = comparison_pairs(scored, focus.arm, focus.baseline, contrast)
    comparisons = (
        compare(arm, base, predictions[arm], predictions[base], seed, draws_none)
        for arm, base in pairs
    )
    return adjust(
        _family(scored, focus), [comparison for comparison in comparisons if comparison is not None]
    )


def _family(scored: Sequence[str], focus: Focus) -> str:
    """What the comparisons among the arms that were scored are called."""
    if focus.arm in scored:
        return f"{focus.arm} against every other arm"
    base = focus.baseline if focus.baseline in scored else next(iter(scored), "")
    return f"every arm against {base}"
