"""The power against simulated cells that the test itself is run on, and against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.power import TTestPower

from amplify.loop.compare.crossed import Variances, crossed
from amplify.loop.compare.power import (
    DEFAULT_VARIANCES,
    needed_draws,
    needed_items,
    power,
    smallest_gain,
    worth_buying,
)


@pytest.mark.parametrize("comparisons", [1, 5])
@pytest.mark.parametrize("draws", [3, 5, 12])
def test_of_draws_alone_it_is_the_power_of_a_paired_t_test(draws: int, comparisons: int) -> None:
    variances = Variances(0.012, 0.0, 0.0)
    spread = 0.012**0.5
    for gain in (0.02, 0.1, 0.2):
        theirs = TTestPower().power(
            gain / spread, draws, 0.05 / comparisons, alternative="two-sided"
        )
        wrong_way = TTestPower().power(
            -gain / spread, draws, 0.05 / comparisons / 2, alternative="larger"
        )
        found = power(gain, variances, draws, 100, comparisons)
        assert found == pytest.approx(theirs - wrong_way, abs=2e-3)


@pytest.mark.parametrize(
    ("draws", "items", "gain", "variances"),
    [
        (5, 100, 0.15, DEFAULT_VARIANCES),
        (10, 60, 0.1, Variances(0.01, 0.1, 0.15)),
        (4, 80, 0.12, Variances(0.006, 0.2, 0.1)),
    ],
)
def test_the_power_is_that_of_simulated_cells(
    draws: int, items: int, gain: float, variances: Variances
) -> None:
    rng = np.random.default_rng(7)
    draw, item = (codes.ravel().tolist() for codes in np.indices((draws, items)))
    runs, shown = 1500, 0
    for _ in range(runs):
        cells = (
            gain
            + rng.normal(0, variances.draw**0.5, (draws, 1))
            + rng.normal(0, variances.item**0.5, (1, items))
            + rng.normal(0, variances.rest**0.5, (draws, items))
        )
        result = crossed(cells.ravel().tolist(), draw, item)
        shown += result.p_value < 0.05 and result.difference > 0
    assert power(gain, variances, draws, items) == pytest.approx(shown / runs, abs=0.04)


def test_the_fewest_draws_and_items_are_the_first_that_reach_the_power() -> None:
    draws = needed_draws(0.1, DEFAULT_VARIANCES, 200, 3)
    assert draws is not None
    assert power(0.1, DEFAULT_VARIANCES, draws - 1, 200, 3) < 0.8
    assert power(0.1, DEFAULT_VARIANCES, draws, 200, 3) >= 0.8
    items = needed_items(0.2, DEFAULT_VARIANCES, 10)
    assert items is not None
    assert power(0.2, DEFAULT_VARIANCES, 10, items - 1) < 0.8
    assert power(0.2, DEFAULT_VARIANCES, 10, items) >= 0.8


def test_items_cannot_make_up_for_draws_nor_draws_for_items() -> None:
    assert needed_items(0.05, DEFAULT_VARIANCES, 3) is None
    assert needed_draws(0.05, Variances(0.01, 0.2, 0.1), 50) is None


def test_the_smallest_gain_is_shown_with_the_power() -> None:
    gain = smallest_gain(DEFAULT_VARIANCES, 10, 200, 2)
    assert gain is not None
    assert power(gain, DEFAULT_VARIANCES, 10, 200, 2) == pytest.approx(0.8, abs=1e-3)
    assert smallest_gain(Variances(1.0, 0.0, 0.0), 2, 200) is None


def test_what_is_worth_buying_is_what_leaves_the_variance() -> None:
    assert worth_buying(0.1, Variances(0.02, 0.01, 0.2), 5, 200) == "draws"
    assert worth_buying(0.1, Variances(0.0001, 0.3, 0.01), 10, 50) == "items"
    assert worth_buying(0.5, DEFAULT_VARIANCES, 10, 200) == "neither"
    assert worth_buying(0.1, DEFAULT_VARIANCES, 1, 200) == "draws"


def test_one_draw_shows_nothing_of_a_method() -> None:
    assert power(0.9, DEFAULT_VARIANCES, 1, 2000) == 0.0
