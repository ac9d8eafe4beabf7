"""The tests and intervals of a comparison, by scipy; its families, by Holm.

Every function here is held against statsmodels or scipy's own results in the tests. Importing
`scipy.stats` or `scipy.optimize` takes longer than a small run: what a single run needs is computed
with `scipy.special` and numpy.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

LEVEL = 0.05
"""The level of every test, and one minus that of every interval."""

POWER = 0.8

RESAMPLES = 9999


def wilson(correct: int, items: int) -> tuple[float, float]:
    """Wilson's 95% score interval of a proportion (Wilson 1927)."""
    from scipy.special import ndtri

    share, z = correct / items, float(ndtri(1 - LEVEL / 2))
    scale = 2 * (items + z * z)
    middle = (2 * items * share + z * z) / scale
    half = z / scale * math.sqrt(4 * items * share * (1 - share) + z * z)
    return middle - half if correct else 0.0, middle + half if correct < items else 1.0


def mcnemar(fixed: int, broken: int) -> float:
    """The two-sided exact McNemar p-value of the discordant counts; 1.0 where there are none."""
    return min(1.0, 2 * sign_test(max(fixed, broken), min(fixed, broken)))


def sign_test(better: int, worse: int) -> float:
    """The one-sided p-value of the sign test: so many or more would be `better` by chance."""
    from scipy.special import betainc

    # The upper tail of the binomial distribution, as an incomplete beta function.
    return float(betainc(better, worse + 1, 0.5)) if better else 1.0


def fisher(first: int, of_first: int, second: int, of_second: int) -> float:
    """The two-sided p-value of Fisher's exact test.

    `first` of `of_first` have a property, and `second` of `of_second`. Tables that are as unlikely
    as this one, or less likely, count.
    """
    import numpy as np
    from scipy.special import gammaln

    def log_choose(n: Any, k: Any) -> Any:
        return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)

    total = first + second
    counts = np.arange(max(0, total - of_second), min(total, of_first) + 1)
    logs = log_choose(of_first, counts) + log_choose(of_second, total - counts)
    shares = np.exp(logs - log_choose(of_first + of_second, total))
    observed = shares[first - counts[0]]
    return min(1.0, float(shares[shares <= observed * (1 + 1e-7)].sum()))


def permutation(
    ours: Sequence[float], theirs: Sequence[float], seed: int, resamples: int = RESAMPLES
) -> float:
    """The two-sided p-value of a paired permutation test: the two sides of a pair are swapped.

    `ours` and `theirs` hold the two sides of each pair. Where both are 0 or 1 this is the exact
    McNemar test. Few pairs are enumerated, many are drawn.
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
    differences: Sequence[float], seed: int, resamples: int = RESAMPLES
) -> tuple[tuple[float, float], float] | None:
    """The 95% percentile interval and the standard error of the mean, the differences resampled.

    None where all of them are alike, so that resampling says nothing.
    """
    import numpy as np

    values = np.asarray(differences, dtype=float)
    if np.all(values == values[0]):
        return None
    random = np.random.default_rng(seed)
    sizes = [min(500, resamples - start) for start in range(0, resamples, 500)]
    rows = (random.integers(0, len(values), (size, len(values))) for size in sizes)
    means = np.concatenate([values[of_batch].mean(-1) for of_batch in rows])
    tail = (1 - (1 - LEVEL)) / 2  # not LEVEL / 2: scipy's rounding of the confidence level
    return (quantile(means, tail), quantile(means, 1 - tail)), float(means.std(ddof=1))


def quantile(values: Any, share: float) -> float:
    """The value below which this `share` of the `values` lies, to the last bit as scipy's."""
    import numpy as np

    whole, part = divmod(share * len(values) + (1 - share), 1)
    low, high = np.sort(values)[[int(whole) - 1, min(int(whole), len(values) - 1)]]
    return float((1 - part) * low + part * high)


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
    import numpy as np

    share = discordant / items
    power = gain_power(items, share, LEVEL / comparisons)
    if not discordant or power(share) < POWER:
        return None
    gains = np.linspace(0.0, share, 2**17)
    return float(gains[bisect_left(gains, POWER, key=power)])


def normal_detectable(error: float, comparisons: int) -> float:
    """The smallest gain that is shown with power 0.8, at level 0.05 / `comparisons`.

    Its estimate is taken for normal, with this standard error.
    """
    from scipy.special import ndtri

    return error * float(ndtri(1 - LEVEL / comparisons / 2) + ndtri(POWER))


def gain_power(items: int, share: float, level: float = LEVEL) -> Callable[[float], float]:
    """The chance that a true gain is shown, as a function of it; a `share` of items is discordant.

    Sums, over the number of discordant items, the chance that so many of them are fixed that the
    two-sided exact test rejects (Duffy 1984).
    """
    import numpy as np
    from scipy.special import bdtr, bdtrc, bdtrik

    counts = np.arange(items + 1)
    weights = np.diff(bdtr(counts, items, share), prepend=0.0)
    counts, weights = counts[weights > 1e-12], weights[weights > 1e-12]
    # The largest number of broken items with which the test still rejects; -1: none.
    most = np.ceil(bdtrik(level / 2, counts, 0.5))
    for _ in range(2):
        most = np.where(bdtr(most, counts, 0.5) <= level / 2, most, most - 1)
    counts, weights, most = (values[most >= 0] for values in (counts, weights, most))

    def power(gain: float) -> float:
        fixed = bdtrc(counts - most - 1, counts, (share + gain) / (2 * share))
        return float(np.sum(weights * fixed))

    return power
