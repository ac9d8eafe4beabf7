"""Shapley values of games whose values are known, and what is shown of their parts."""

from __future__ import annotations

from itertools import islice, permutations

import numpy as np
import pytest

from amplify.loop.worth.coalitions import (
    Coalition,
    all_parts,
    every_coalition,
    permutation_pairs,
    walk,
    without_each,
)
from amplify.loop.worth.shapley import (
    LEAST_PERMUTATIONS,
    enumerated,
    exact_values,
    most_coalitions,
    permutation_errors,
    precise,
    sampled_values,
)
from amplify.loop.worth.worth import worth_of_parts


def game(parts: int, items: int, seed: int) -> dict[Coalition, np.ndarray]:
    """A random game: a value, right or wrong, of each coalition for each item."""
    random = np.random.default_rng(seed)
    weights = random.normal(0.1, 0.4, (parts, items))
    noise = {c: random.normal(0, 0.4, items) for c in every_coalition(parts)}
    return {
        c: ((sum((weights[p] for p in c), np.zeros(items)) + noise[c]) > 0.2).astype(float)
        for c in every_coalition(parts)
    }


def test_the_mean_over_all_permutations_is_the_exact_value() -> None:
    values = game(3, 12, seed=1)
    orders = list(permutations(range(3)))
    shares = sampled_values([(order, order[::-1]) for order in orders], values)
    exact = exact_values(3, values)
    assert np.allclose(shares.mean(axis=0), exact)
    assert np.allclose(exact.sum(axis=0), values[all_parts(3)] - values[frozenset()])
    # By the definition, for one part.
    wanted = (
        (values[frozenset({0})] - values[frozenset()]) / 3
        + (values[frozenset({0, 1})] - values[frozenset({1})]) / 6
        + (values[frozenset({0, 2})] - values[frozenset({2})]) / 6
        + (values[frozenset({0, 1, 2})] - values[frozenset({1, 2})]) / 3
    )
    assert np.allclose(exact[0], wanted)


def test_few_parts_are_enumerated() -> None:
    assert [enumerated(parts) for parts in (1, 3, 5, 6, 10)] == [True, True, True, False, False]


def test_the_most_coalitions_are_those_of_all_permutations() -> None:
    assert [most_coalitions(3, most) for most in (0, 1, 100)] == [4, 8, 8]
    pairs = islice(permutation_pairs(8, seed=0), 5)
    different = {c for pair in pairs for order in pair for c in walk(order)}
    different |= {all_parts(8), *without_each(8)}
    assert len(different) <= most_coalitions(8, 10) == 2 + 8 + 10 * 7
    assert most_coalitions(8, 100) == 2**8


def test_permutations_come_with_their_reverse_and_repeat_on_no_other_seed() -> None:
    first = list(islice(permutation_pairs(6, seed=3), 5))
    assert first == list(islice(permutation_pairs(6, seed=3), 5))
    assert first != list(islice(permutation_pairs(6, seed=4), 5))
    assert all(back == there[::-1] and sorted(there) == list(range(6)) for there, back in first)
    assert walk((2, 0, 1)) == [frozenset(), {2}, {0, 2}, {0, 1, 2}]
    assert without_each(3) == [{1, 2}, {0, 2}, {0, 1}]


def sample_until_precise(
    values: dict[Coalition, np.ndarray], parts: int, precision: float, seed: int
) -> np.ndarray:
    pairs = []
    for pair in permutation_pairs(parts, seed):
        pairs.append(pair)
        shares = sampled_values(pairs, values)
        if precise(shares, precision):
            return shares
    raise AssertionError


def test_sampling_stops_within_the_error_that_it_tells() -> None:
    parts, missed, counts = 7, 0, []
    for seed in range(40):
        values = game(parts, 20, seed)
        exact = exact_values(parts, values).mean(axis=1)
        shares = sample_until_precise(values, parts, 0.02, seed)
        off = np.abs(shares.mean(axis=(0, 2)) - exact)
        missed += int(np.sum(off > 2 * permutation_errors(shares) + 1e-9))
        counts.append(2 * len(shares))
    # Two standard errors hold 95 of 100 values; of these 280 at least 90 in 100.
    assert missed <= 28
    assert min(counts) >= LEAST_PERMUTATIONS
    assert max(counts) < 120


def test_a_part_that_spoils_answers_is_shown_to_hurt_and_no_other() -> None:
    # Three parts; an item is right unless the second part is shown, which spoils two in three.
    items = np.arange(30)
    values = {c: np.where((items % 3 > 0) & (1 in c), 0.0, 1.0) for c in every_coalition(3)}
    full = values[all_parts(3)]
    shares = np.stack([full - values[c] for c in without_each(3)])[None]
    for of_parts in (worth_of_parts(shares, 0), worth_of_parts(exact_values(3, values)[None], 0)):
        assert [worth.hurts for worth in of_parts] == [False, True, False]
        assert [worth.value for worth in of_parts] == pytest.approx([0.0, -2 / 3, 0.0])
        assert of_parts[0].interval is None
        assert of_parts[1].interval is not None
        assert of_parts[1].interval[0] < -2 / 3 < of_parts[1].interval[1] < 0
        assert of_parts[1].upper > of_parts[1].interval[1]


def test_few_items_show_nothing() -> None:
    shares = np.array([[[-1.0, -1.0, -1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]])
    spoils, _ = worth_of_parts(shares, 0)
    assert (spoils.value, spoils.p_value, spoils.hurts) == (-0.75, 0.25, False)


def test_under_the_null_a_part_is_seldom_shown_to_hurt() -> None:
    random, claims = np.random.default_rng(0), 0
    for seed in range(20):
        shares = random.choice([-1.0, 0.0, 1.0], (1, 4, 25), p=[0.2, 0.6, 0.2])
        claims += any(worth.hurts or worth.helps for worth in worth_of_parts(shares, seed))
    assert claims <= 3
