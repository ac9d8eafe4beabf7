"""The bets are fair, over all orders of small lists, and the bound that they give holds."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from amplify.loop.race.betting import STAKES, behind_at_least, wealth, won

ORDERS = np.array(list(permutations(range(7))))
"""All orders of seven items."""

EVEN = np.array([1, 1, -1, 0, 0, 0, -1])
"""Opponent less contender, on items on which both are right equally often."""


def over_orders(differences: Any) -> tuple[Any, Any]:
    """The differences in every order, a column for each, and the leads before each item."""
    ordered = differences[ORDERS].T
    return ordered, np.cumsum(ordered, axis=0) - ordered


def test_a_bet_on_equals_is_fair_after_every_item() -> None:
    worth = wealth(*over_orders(EVEN), len(EVEN), 0.0)
    assert worth.mean(-1) == pytest.approx(np.ones(7))
    assert worth.std(-1)[3] > 0.1


def test_a_bet_is_fair_at_the_true_gap() -> None:
    differences = np.array([1, 1, 1, 0, 0, 0, -1])
    worth = wealth(*over_orders(differences), len(differences), 2 / 7)
    assert worth.mean(-1) == pytest.approx(np.ones(7))


def test_a_bet_on_a_worse_opponent_loses_on_average() -> None:
    means = wealth(*over_orders(EVEN - np.array([0, 1, 0, 0, 0, 0, 0])), 7, 0.0).mean(-1)
    assert (means < 1).all()
    assert (np.diff(means) < 0).all()


@pytest.mark.parametrize("alpha", [0.05, 0.2, 0.5, 0.8])
def test_a_bet_on_equals_is_won_as_seldom_as_alpha_says(alpha: float) -> None:
    assert won(*over_orders(EVEN), 7, 0.0, alpha).mean() <= alpha


def test_the_bound_is_above_the_truth_as_seldom_as_alpha_says() -> None:
    differences = np.array([1, 1, 1, 1, 0, 0, -1])
    ordered, leads = over_orders(differences)
    bound = behind_at_least(ordered[:6], leads[:6], 7, 0.7)
    assert 0.1 < (bound > 3 / 7).mean() <= 0.7


def test_wins_without_a_list_multiply_each_bettors_wealth() -> None:
    wins = np.ones((3, 1), int)
    expected = [np.mean([(1 + stake) ** count for stake in STAKES]) for count in (1, 2, 3)]
    assert wealth(wins, np.zeros((3, 1)), None, 0.0)[:, 0] == pytest.approx(expected)
    losses = [np.mean([(1 - stake) ** count for stake in STAKES]) for count in (1, 2, 3)]
    assert wealth(-wins, np.zeros((3, 1)), None, 0.0)[:, 0] == pytest.approx(losses)
    assert (wealth(0 * wins, np.zeros((3, 1)), None, 0.0) == 1).all()


def test_a_lead_that_cannot_be_caught_up_is_certain() -> None:
    wins = np.ones((5, 1), int)
    leads = np.arange(5)[:, None]
    assert not won(wins[:4], leads[:4], 8, 0.0, 1e-9).any()
    assert won(wins, leads, 8, 0.0, 1e-9).all()


def test_a_list_that_is_nearly_asked_makes_the_bet_sharper() -> None:
    differences = np.tile([[1], [1], [0], [0], [1], [0], [-1], [0], [1], [0]], (4, 1))
    leads = np.cumsum(differences, axis=0) - differences
    bounds = [behind_at_least(differences, leads, items, 0.05)[0] for items in (None, 400, 60, 44)]
    assert bounds == sorted(bounds)
    assert bounds[0] + 0.1 < bounds[-1] <= 0.3
