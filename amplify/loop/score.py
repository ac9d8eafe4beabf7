"""Score: accuracy with its interval, and paired comparisons on the same items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amplify.contract.data import Prediction


@dataclass(frozen=True)
class ArmScore:
    """An arm's result.

    Items that nobody answered because their prompt has no recorded reply (`prepared`) are not
    scored; unparsed replies and failed calls are wrong, and counted apart. `accuracy` and
    `interval` (Wilson, 95%) are None where nothing was scored.
    """

    name: str
    items: int
    correct: int
    accuracy: float | None
    interval: tuple[float, float] | None
    unparsed: int
    errors: int
    prepared: int


@dataclass(frozen=True)
class Comparison:
    """A paired comparison of two arms on the items that both were scored on.

    `difference` is accuracy of `arm` minus that of `baseline`; `interval` its 95% bootstrap
    interval (percentile, items resampled), None where all items differ alike, so that resampling
    says nothing; `p_value` exact McNemar, two-sided. `fixed` counts the items that only `arm` got
    right, `broken` those that only `baseline` did.
    """

    arm: str
    baseline: str
    items: int
    difference: float
    interval: tuple[float, float] | None
    p_value: float
    fixed: int
    broken: int


def score_arm(name: str, predictions: Sequence[Prediction]) -> ArmScore:
    """The result of one arm."""
    scored = [p for p in predictions if p.status != "prepared"]
    correct = sum(p.correct for p in scored)
    return ArmScore(
        name,
        len(scored),
        correct,
        correct / len(scored) if scored else None,
        wilson(correct, len(scored)) if scored else None,
        sum(p.status == "unparsed" for p in scored),
        sum(p.status == "failed" for p in scored),
        len(predictions) - len(scored),
    )


def wilson(correct: int, items: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a proportion."""
    from scipy.stats import binomtest

    interval = binomtest(correct, items).proportion_ci(confidence_level=level, method="wilson")
    return float(interval.low), float(interval.high)


def compare(
    arm: str,
    baseline: str,
    ours: Sequence[Prediction],
    theirs: Sequence[Prediction],
    seed: int = 0,
) -> Comparison | None:
    """The paired comparison, or None where the two arms share no scored item."""
    other = {p.item: p.correct for p in theirs if p.status != "prepared"}
    pairs = [(p.correct, other[p.item]) for p in ours if p.status != "prepared" and p.item in other]
    if not pairs:
        return None
    fixed = sum(a and not b for a, b in pairs)
    broken = sum(b and not a for a, b in pairs)
    return Comparison(
        arm,
        baseline,
        len(pairs),
        (fixed - broken) / len(pairs),
        _bootstrap([int(a) - int(b) for a, b in pairs], seed),
        mcnemar(fixed, broken),
        fixed,
        broken,
    )


def mcnemar(fixed: int, broken: int) -> float:
    """The two-sided exact McNemar p-value of the discordant counts; 1.0 where there are none."""
    from scipy.stats import binomtest

    if not fixed + broken:
        return 1.0
    return float(binomtest(fixed, fixed + broken, 0.5).pvalue)


def _bootstrap(differences: list[int], seed: int) -> tuple[float, float] | None:
    import numpy as np
    from scipy.stats import bootstrap

    if len(set(differences)) == 1:
        return None
    found = bootstrap(
        (np.asarray(differences),),
        np.mean,
        n_resamples=9999,
        method="percentile",
        rng=np.random.default_rng(seed),
        batch=500,
    ).confidence_interval
    return float(found.low), float(found.high)
