"""The best of k draws against all sets of k draws, one by one."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify.loop.compare.best import best_of, choose_best

SCORES = st.sampled_from([0.5, 0.55, 0.6, 0.7])


def test_of_equals_the_lowest_draw_is_chosen() -> None:
    assert choose_best({3: 0.7, 1: 0.5, 2: 0.7}) == 2


@given(st.lists(st.tuples(SCORES, st.floats(0, 1)), min_size=1, max_size=8))
def test_the_mean_is_over_all_sets_of_draws(scores: list[tuple[float, float]]) -> None:
    pool = {draw: score for draw, (score, _) in enumerate(scores, 1)}
    test = {draw: score for draw, (_, score) in enumerate(scores, 1)}
    for size, found in enumerate(best_of(pool, test), 1):
        chosen = [
            test[choose_best({draw: pool[draw] for draw in some})]
            for some in combinations(pool, size)
        ]
        assert found == pytest.approx(sum(chosen) / len(chosen))
