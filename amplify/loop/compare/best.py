"""Chooses the best of several draws by their scores on the pool, and tells what choosing gives."""

from __future__ import annotations

from collections.abc import Mapping
from math import comb


def choose_best(scores_by_draw: Mapping[int, float]) -> int:
    """The draw with the highest score on pool items; of several, the one with the lowest number.

    It is what somebody uses who tries N draws of a method and keeps the best. To compare another
    method with it, pair the answers of each of that method's draws with the answers of this one
    draw, and test the differences with `crossed`: its draws and the items are random, this prompt
    is fixed. Such a claim covers this prompt on new items. It does not cover trying N again, which
    would find another prompt; `best_of` estimates what that gives on average. Test items must have
    no part in the choice, else the chosen draw looks better than it is.
    """
    return max(scores_by_draw, key=lambda draw: (scores_by_draw[draw], -draw))


def best_of(pool_scores: Mapping[int, float], test_scores: Mapping[int, float]) -> list[float]:
    """The mean score on the test items of the best of k draws, for k from 1 to the number of draws.

    The best is chosen by `choose_best` from the scores on the pool. The mean is over all sets of k
    of the draws, exactly: the draw with rank r in the pool is the best of C(r - 1, k - 1) of the
    C(N, k) sets (Bergstra and Bengio 2012 and Dodge et al. 2019 use it for random search). The
    first entry is the mean draw, the last the draw chosen from all.
    """
    order = sorted(pool_scores, key=lambda draw: (pool_scores[draw], -draw))
    count = len(order)
    return [
        sum(comb(rank, size - 1) * test_scores[draw] for rank, draw in enumerate(order))
        / comb(count, size)
        for size in range(1, count + 1)
    ]
