"""Coalitions of a prompt's parts: which of them a prompt shows, and in which order they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from amplify.kit.seeded_order import seeded_key

Coalition = frozenset[int]
"""The parts, by their places, that one prompt shows; the others are left out."""


def all_parts(parts: int) -> Coalition:
    """The coalition of all of so many parts."""
    return frozenset(range(parts))


def without_each(parts: int) -> list[Coalition]:
    """The coalitions that lack one part, that of each part in turn."""
    return [all_parts(parts) - {part} for part in range(parts)]


def every_coalition(parts: int) -> list[Coalition]:
    """All coalitions of so many parts, small ones first."""
    sizes = range(parts + 1)
    return [frozenset(chosen) for size in sizes for chosen in combinations(range(parts), size)]


def walk(permutation: Sequence[int]) -> list[Coalition]:
    """The coalitions that arise as the parts are added in this order, from none to all of them."""
    return [frozenset(permutation[:size]) for size in range(len(permutation) + 1)]


def permutation_pairs(parts: int, seed: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Random permutations of the parts without end, each with its reverse.

    A permutation and its reverse are antithetic: where the one adds a part late the other adds it
    early, so that the mean of the two varies less (Mitchell et al. 2022, Journal of Machine
    Learning Research 23:43).
    """
    number = 0
    while True:
        number += 1
        keys = {part: seeded_key(seed, f"permutation {number}/{part}") for part in range(parts)}
        permutation = tuple(sorted(range(parts), key=lambda part: keys[part]))
        yield permutation, permutation[::-1]
