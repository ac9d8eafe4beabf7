"""Conclude: from the arms' predictions to their scores, the comparisons and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amplify.contract.data import Prediction
from amplify.loop.answer.score import ArmScore, score_arm
from amplify.loop.audit.contrast import Contrast
from amplify.loop.audit.require_contrast import Focus
from amplify.loop.compare.compare import Comparison, adjust, compare
from amplify.loop.compare.verdict import Demand, Verdict, reach_verdict


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
    predictions: Mapping[str, Sequence[Prediction]],
    focus: Focus,
    contrast: Contrast,
    demand: Demand,
    seed: int,
) -> Conclusion:
    """What the predictions of the arms, by name, show of the focus.

    By `contrast`, arms that ask the very same are not compared. `demand` is what the gain has to
    be, `seed` that of the resampling.
    """
    scores = [score_arm(name, of_arm) for name, of_arm in predictions.items()]
    comparisons = compare_arms(predictions, focus, contrast, seed)
    errors = sum(score.errors for score in scores)
    verdict = reach_verdict(
        focus.arm, focus.baseline, focus.controls, comparisons, demand, errors, contrast
    )
    return Conclusion(tuple(scores), tuple(comparisons), verdict)


def compare_arms(
    predictions: Mapping[str, Sequence[Prediction]], focus: Focus, contrast: Contrast, seed: int
) -> list[Comparison]:
    """The focus arm against every other; while it has no answers, the others against a baseline.

    They are one family: p-values are adjusted over all of them. Arms that ask the very same are
    not compared: their difference is 0 whatever the LLM answers.
    """
    scored = [
        name
        for name, of_arm in predictions.items()
        if any(prediction.status != "prepared" for prediction in of_arm)
    ]
    if focus.arm in scored:
        family = f"{focus.arm} against every other arm"
        pairs = [(focus.arm, other) for other in scored if other != focus.arm]
    else:
        base = focus.baseline if focus.baseline in scored else next(iter(scored), "")
        family = f"every arm against {base}"
        pairs = [(other, base) for other in scored if other != base]
    comparisons = (
        compare(arm, baseline, predictions[arm], predictions[baseline], seed)
        for arm, baseline in pairs
        if not contrast.identical(arm, baseline)
    )
    return adjust(family, [comparison for comparison in comparisons if comparison is not None])
