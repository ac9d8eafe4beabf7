"""Resamples the items of coded answers, for the intervals of metrics that are no means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from amplify.loop.compare.metrics import Coded, Counts
from amplify.loop.compare.statistics import LEVEL, quantile

BATCH = 200
"""How many samples are counted at once."""


def item_weights(items: int, seed: int, resamples: int) -> Iterator[Any]:
    """How often each item is drawn in each of so many samples of as many items, batch by batch."""
    import numpy as np

    random = np.random.default_rng(seed)
    for start in range(0, resamples, BATCH):
        size = min(BATCH, resamples - start)
        drawn = random.integers(0, items, (size, items)) + items * np.arange(size)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=size * items)
        yield weights.reshape(size, items).astype(float)


def resampled_counts(coded: Coded, weights: Any) -> Counts:
    """The counts of each sample, whose weights of the items are a row of `weights`."""
    return Counts(*(weights @ marks for marks in coded.marks()))


def percentiles(values: Any) -> tuple[float, float] | None:
    """The 95% percentile interval of resampled values; None where all of them are alike."""
    import numpy as np

    if np.all(values == values[0]):
        return None
    return quantile(values, LEVEL / 2), quantile(values, 1 - LEVEL / 2)
