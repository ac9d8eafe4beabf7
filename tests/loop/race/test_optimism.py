"""The winner's luck is estimated as large as it is, also from races that dropped losers early."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplify.loop.compare.statistics import wilson
from amplify.loop.race.optimism import estimate_optimism


def luck(abilities: list[float], early: int, seed: int) -> tuple[float, float]:
    """The true and the estimated optimism of the winner of one race on 120 items.

    The better half after `early` items is asked the rest. Items differ in how easy they are.
    """
    random = np.random.default_rng(seed)
    true = np.array(abilities)
    right = random.random((len(true), 120)) < true[:, None] + random.uniform(-0.3, 0.3, 120)
    on = np.argsort(-right[:, :early].sum(1), kind="stable")[: len(true) // 2]
    answers = {
        str(place): [bool(value) for value in row[: 120 if place in on else early]]
        for place, row in enumerate(right)
    }
    winner = max(on, key=lambda place: right[place].sum())
    optimism = estimate_optimism(answers, str(winner))
    assert optimism.score == right[winner].mean()
    return optimism.score - true[winner], optimism.estimate


@pytest.mark.parametrize(
    ("abilities", "least", "most"),
    [
        ([0.5] * 20, 0.04, 0.09),
        ([0.3 + 0.02 * place for place in range(20)], 0.01, 0.05),
        ([0.45] * 19 + [0.7], -0.02, 0.02),
    ],
    ids=["all alike", "spread", "one far ahead"],
)
@pytest.mark.parametrize("early", [20, 60])
def test_the_estimate_is_right_on_average(
    abilities: list[float], least: float, most: float, early: int
) -> None:
    true, estimate = np.mean([luck(abilities, early, seed) for seed in range(40)], axis=0)
    assert least < true < most
    assert estimate == pytest.approx(true, abs=0.02)


def test_without_rivals_and_without_differences_there_is_no_luck() -> None:
    alone = estimate_optimism({"only": [True, False, True, True]}, "only")
    assert alone.estimate == 0
    assert alone.interval == pytest.approx(tuple(0.75 - end for end in wilson(3, 4)[::-1]))
    assert estimate_optimism({"a": [True] * 9, "b": [True] * 9}, "b").estimate == 0


def test_a_loser_that_saw_only_easy_items_is_not_taken_for_a_good_one() -> None:
    """All got the first ten right, so that ten of ten is no better than the winner's 30 of 40."""
    last = ([True, True, False] * 10)[:30]
    answers = {
        **{f"loser {n}": [True] * 9 + [False] for n in range(6)},
        "winner": [True] * 10 + last,
    }
    optimism = estimate_optimism(answers, "winner")
    assert optimism.score == 0.75
    assert 0 <= optimism.estimate < 0.1


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_race_has_an_estimate_and_it_does_not_depend_on_names(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 20))
    winner = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    losers = data.draw(st.lists(st.lists(st.booleans(), min_size=1, max_size=size), max_size=5))
    answers = {"winner": winner, **{str(place): row for place, row in enumerate(losers)}}
    optimism = estimate_optimism(answers, "winner")
    assert 0 <= optimism.estimate <= 1
    assert optimism.interval[0] <= optimism.interval[1]
    turned = estimate_optimism(dict(reversed(answers.items())), "winner")
    assert turned.estimate == pytest.approx(optimism.estimate, abs=1e-6)
