"""Compares two arms by a metric that is no mean of their answers, such as macro-F1.

`ours` and `theirs` are the answers of the two to the same items, in the same order.
"""

from __future__ import annotations

from typing import Any

from amplify.loop.compare.metrics import FUNCTIONS, Coded, Counts, Metric, influences
from amplify.loop.compare.resample import item_weights, percentiles, resampled_counts

BATCH = 500
"""How many swaps of answers are counted at once."""

ROUNDING = 1e-12


def difference(ours: Coded, theirs: Coded, metric: Metric) -> float:
    """The metric of the first less that of the second."""
    function = FUNCTIONS[metric]
    return float(function(ours.counts()) - function(theirs.counts()))


def linearised(ours: Coded, theirs: Coded, metric: Metric) -> Any:
    """A value for each item: their mean is the difference, their variance about that of it."""
    by_item = influences(metric, ours) - influences(metric, theirs)
    return difference(ours, theirs, metric) + by_item


def paired_permutation(
    ours: Coded, theirs: Coded, metric: Metric, seed: int, resamples: int
) -> float:
    """The two-sided p-value of a permutation test that swaps the two answers to an item.

    Only items with two different answers matter. With few of them all swaps are counted, so that
    the test is exact; else so many, drawn at random (Phipson and Smyth 2010).
    """
    import numpy as np

    differ = ours.answers != theirs.answers
    places = int(differ.sum())
    if not places:
        return 1.0
    function, base, other = FUNCTIONS[metric], ours.counts(), theirs.counts()
    first, second = (each.marks()[:2] for each in (ours, theirs))
    moved = [(b - a)[differ] for a, b in zip(first, second, strict=True)]
    exact = 2**places <= resamples
    random = np.random.default_rng(seed)
    observed, as_large, count = abs(difference(ours, theirs, metric)), 0, 0
    total = 2**places if exact else resamples
    for start in range(0, total, BATCH):
        size = min(BATCH, total - start)
        if exact:
            swaps = (np.arange(start, start + size)[:, None] >> np.arange(places)) & 1
        else:
            swaps = random.integers(0, 2, (size, places))
        right, given = (swaps @ change for change in moved)
        true = np.broadcast_to(base.true, (size, len(base.true)))
        one = function(Counts(base.right + right, base.given + given, true))
        two = function(Counts(other.right - right, other.given - given, true))
        as_large += int(np.sum(np.abs(one - two) >= observed - ROUNDING))
        count += size
    return as_large / count if exact else (as_large + 1) / (count + 1)


def paired_bootstrap(
    ours: Coded, theirs: Coded, metric: Metric, seed: int, resamples: int
) -> tuple[tuple[float, float], float] | None:
    """The 95% percentile interval and the standard error of the difference, the items resampled.

    None where all samples are alike, so that resampling says nothing.
    """
    import numpy as np

    function = FUNCTIONS[metric]
    differences = np.concatenate(
        [
            function(resampled_counts(ours, weights)) - function(resampled_counts(theirs, weights))
            for weights in item_weights(len(ours.truth), seed, resamples)
        ]
    )
    interval = percentiles(differences)
    return None if interval is None else (interval, float(differences.std(ddof=1)))
