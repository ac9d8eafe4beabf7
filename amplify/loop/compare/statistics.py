"""The tests and intervals of a comparison, by scipy; its families, by Holm.

Every function here is held against statsmodels or scipy's own results in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

LEVEL = 0.05
"""The level of every test, and one minus that of every interval."""

POWER = 0.8

RESAMPLES = 9999


def wilson(correct: int, items: int) -> tuple[float, float]:
    """Wilson's 95% score interval of a proportion (Wilson 1927)."""
    from scipy.stats import binomtest

    bounds = binomtest(correct, items).proportion_ci(confidence_level=1 - LEVEL, method="wilson")
    return float(bounds.low), float(bounds.high)


def mcnemar(fixed: int, broken: int) -> float:
    """The two-sided exact McNemar p-value of the discordant counts; 1.0 where there are none."""
    from scipy.stats import binomtest

    if not fixed + broken:
        return 1.0
    return float(binomtest(fixed, fixed + broken, 0.5).pvalue)


def permutation(
    ours: Sequence[float], theirs: Sequence[float], seed: int, resamples: int = RESAMPLES
) -> float:
    """The two-sided p-value of a paired permutation test: an item's two sides are swapped whole.

    `ours` and `theirs` hold, an item each, how many of its answers (one a seed) are right. Where
    every item has one answer this is the exact McNemar test. Few items are enumerated, many are
    drawn.
    """
    import numpy as np
    from scipy.stats import permutation_test

    def statistic(a: Any, b: Any, axis: int = -1) -> Any:
        return np.sum(a - b, axis=axis)

    result = permutation_test(
        (np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)),
        statistic,
        permutation_type="samples",
        vectorized=True,
        n_resamples=resamples,
        batch=500,
        rng=np.random.default_rng(seed),
    )
    return float(result.pvalue)


def bootstrap(
    differences: Sequence[float], counts: Sequence[int], seed: int, resamples: int = RESAMPLES
) -> tuple[tuple[float, float], float] | None:
    """The 95% percentile interval and the standard error of a mean difference, items resampled.

    An item's sum of differences and its number of answers are drawn together, so that all its
    seeds go with it. None where all items are alike, so that resampling says nothing.
    """
    import numpy as np
    from scipy import stats

    sums, sizes = np.asarray(differences, dtype=float), np.asarray(counts, dtype=float)
    shares = sums / sizes
    if np.all(shares == shares[0]):
        return None

    def ratio(sums: Any, sizes: Any, axis: int = -1) -> Any:
        return np.sum(sums, axis=axis) / np.sum(sizes, axis=axis)

    even = bool(np.all(sizes == sizes[0]))
    result = stats.bootstrap(
        (shares,) if even else (sums, sizes),
        np.mean if even else ratio,
        paired=not even,
        vectorized=True,
        n_resamples=resamples,
        confidence_level=1 - LEVEL,
        method="percentile",
        rng=np.random.default_rng(seed),
        batch=500,
    )
    interval = result.confidence_interval
    return (float(interval.low), float(interval.high)), float(result.standard_error)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for each other (Holm 1979, step-down), in the given order."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = list(p_values)
    floor = 0.0
    for rank, index in enumerate(order):
        floor = max(floor, min(1.0, (len(order) - rank) * p_values[index]))
        adjusted[index] = floor
    return adjusted


@lru_cache(maxsize=4096)
def detectable(items: int, discordant: int, comparisons: int = 1) -> float | None:
    """The smallest gain that exact McNemar shows with power 0.8 on so many items.

    Computed at the observed share of discordant items, from the unconditional exact power (Duffy
    1984, Biometrics 40, 1005-1015), at level 0.05 / `comparisons`, which is what Holm's first step
    asks. None where even items that all differ one way would not be enough.
    """
    from scipy.optimize import brentq

    share = discordant / items
    power = gain_power(items, share, LEVEL / comparisons)
    if not discordant or power(share) < POWER:
        return None
    return float(brentq(lambda gain: power(gain) - POWER, 0.0, share, xtol=1e-5))


def gain_power(items: int, share: float, level: float = LEVEL) -> Callable[[float], float]:
    """The chance that a true gain is shown, as a function of it; a `share` of items is discordant.

    Sums, over the number of discordant items, the chance that so many of them are fixed that the
    two-sided exact test rejects (Duffy 1984).
    """
    import numpy as np
    from scipy.stats import binom

    counts = np.arange(binom.ppf(1e-9, items, share), binom.isf(1e-9, items, share) + 1)
    weights = binom.pmf(counts, items, share)
    # The largest number of broken items with which the test still rejects; -1: none.
    most = binom.ppf(level / 2, counts, 0.5)
    most = np.where(binom.cdf(most, counts, 0.5) <= level / 2, most, most - 1)
    counts, weights, most = (values[most >= 0] for values in (counts, weights, most))

    def power(gain: float) -> float:
        fixed = binom.sf(counts - most - 1, counts, (share + gain) / (2 * share))
        return float(np.sum(weights * fixed))

    return power
