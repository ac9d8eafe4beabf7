"""Shapley values of a prompt's parts: exact, or by permutations that stop once they are precise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import comb
from typing import Any

from amplify.loop.worth.coalitions import Coalition, every_coalition, walk

LEAST_PERMUTATIONS = 10
"""How many permutations are made before sampling may stop."""

PRECISE = 0.01
"""A standard error by permutations of one point is small enough."""


def enumerated(parts: int) -> bool:
    """Whether all coalitions of so many parts are no more than the fewest permutations have."""
    coalitions: int = 2**parts
    return coalitions <= 2 + LEAST_PERMUTATIONS * max(0, parts - 1)


def most_coalitions(parts: int, permutations: int) -> int:
    """How many different coalitions are asked at most, with so many permutations at most."""
    if not permutations or enumerated(parts):
        return 2**parts if permutations else parts + 1
    even = 2 * max(1, permutations // 2)
    return int(min(2**parts, 2 + parts + even * (parts - 1)))


def exact_values(parts: int, values: Mapping[Coalition, Any]) -> Any:
    """The Shapley values [part, item]; `values` holds those of all coalitions, an item each.

    The value of a part is the mean of what it adds, over all orders in which the parts can be added
    (Shapley 1953).
    """
    import numpy as np

    shape = (parts, len(values[frozenset()]))
    shares = np.zeros(shape)
    for coalition in every_coalition(parts):
        for part in sorted(frozenset(range(parts)) - coalition):
            weight = 1 / (parts * comb(parts - 1, len(coalition)))
            shares[part] += weight * (values[coalition | {part}] - values[coalition])
    return shares


def sampled_values(
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]], values: Mapping[Coalition, Any]
) -> Any:
    """What each pair of permutations says of each part: [pair, part, item].

    Their mean over pairs estimates the Shapley values without bias (Castro, Gómez and Tejada 2009,
    Computers & Operations Research 36, 1726-1730). `values` holds those of the coalitions of all
    permutations.
    """
    import numpy as np

    return np.stack(
        [(_added(first, values) + _added(second, values)) / 2 for first, second in pairs]
    )


def _added(permutation: Sequence[int], values: Mapping[Coalition, Any]) -> Any:
    """What each part adds as the parts are added in this order: [part, item]."""
    import numpy as np

    added = np.zeros((len(permutation), len(values[frozenset()])))
    for part, (before, after) in zip(permutation, pairwise(walk(permutation)), strict=True):
        added[part] = values[after] - values[before]
    return added


def permutation_errors(shares: Any) -> Any:
    """The standard error of each part's value by the sampling of permutations.

    `shares` are those of [pair, part, item]. A single pair tells no error: it is infinite. The
    variance of a part counts as no less than the mean over all parts: that of a single part, which
    changes few answers, is often estimated as far too small by few pairs.
    """
    import numpy as np

    pairs = len(shares)
    if pairs < 2:
        return np.full(shares.shape[1], np.inf)
    variances = shares.mean(axis=2).var(axis=0, ddof=1)
    return np.sqrt(np.maximum(variances, variances.mean()) / pairs)


def item_errors(shares: Any) -> Any:
    """The standard error of each part's value by the sampling of items.

    `shares` are those of [pair, part, item].
    """
    import numpy as np

    per_item = shares.mean(axis=0)
    items = per_item.shape[1]
    if items < 2:
        return np.full(len(per_item), np.inf)
    return per_item.std(axis=1, ddof=1) / np.sqrt(items)


def precise(shares: Any, precision: float = PRECISE) -> bool:
    """Whether more permutations would hardly narrow an interval.

    `shares` are those of [pair, part, item]. It is so where the error of every part by permutations
    is at most the `precision`, or half of its error by items: twice as many permutations would then
    narrow its interval by a twentieth.
    """
    import numpy as np

    bounds = np.maximum(precision, item_errors(shares) / 2)
    enough = 2 * len(shares) >= LEAST_PERMUTATIONS
    return enough and bool(np.all(permutation_errors(shares) <= bounds))
