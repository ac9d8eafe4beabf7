"""Other estimates of the winner's optimism."""

from __future__ import annotations

from typing import Any

import numpy as np

from amplify.loop.race.race import Race

BOOTSTRAPS = 200


def table(race: Race) -> Any:
    """The answers of all contenders, a row each, nan where an item was not asked."""
    rows = np.full((len(race.names), race.total), np.nan)
    for place, answers in enumerate(race.answers.values()):
        rows[place, : len(answers)] = answers
    return rows


def bootstraps(race: Race, random: np.random.Generator) -> tuple[float, float]:
    """The optimism by the bootstrap of the selection (Efron), and by its out-of-bag items (BBC-CV).

    The items of each round are drawn anew, and after it as many contenders go on as did in the
    race. Of a contender that was dropped, the answers that there are count.
    """
    rows = table(race)
    given, values = ~np.isnan(rows), np.nan_to_num(rows)
    ends = [of_race.total for of_race in race.rounds]
    kept = [*(len(of_race.standings) for of_race in race.rounds[1:]), 1]
    winner = race.names.index(race.leader)
    apparent, outside = [], []
    for _ in range(BOOTSTRAPS):
        weights, racing, start = np.zeros(race.total), np.arange(len(rows)), 0
        for end, keep in zip(ends, kept, strict=True):
            drawn = random.integers(0, end - start, end - start)
            weights[start:end] = np.bincount(drawn, minlength=end - start)
            counts = np.maximum((given[:, :end] * weights[:end]).sum(1), 1)
            scores = (values[:, :end] * weights[:end]).sum(1) / counts
            racing = racing[np.argsort(-scores[racing], kind="stable")[:keep]]
            start = end
        best = racing[0]
        apparent.append(scores[best] - values[best].sum() / given[best].sum())
        out = given[best] & (weights == 0)
        outside += [values[best, out].mean()] if out.any() else []
    return float(np.mean(apparent)), float(values[winner].mean() - np.mean(outside))


def over_folds(race: Race, folds: int = 5) -> float:
    """The bias over folds of Tibshirani and Tibshirani (2009), of those asked the whole fold."""
    rows, winner = table(race), race.names.index(race.leader)
    parts = np.array_split(rows, folds, axis=1)
    bests = [part[~np.isnan(part).any(1)].mean(1).max() for part in parts]
    return float(np.mean(bests) - np.mean([part[winner].mean() for part in parts]))


def bernstein_calls(right: Any, rounds: int = 12, alpha: float = 0.05) -> int:
    """The calls of a race that drops by an empirical Bernstein bound of the paired differences.

    The bound is that of Maurer and Pontil (2009), at a level of `alpha` divided by the opponents
    and the rounds.
    """
    contenders, items = right.shape
    racing, calls, start = np.arange(contenders), 0, 0
    log = np.log(2 * (contenders - 1) * rounds / alpha)
    for end in np.linspace(0, items, rounds + 1).astype(int)[1:]:
        calls += len(racing) * (end - start)
        start = end
        seen = right[racing, :end].astype(float)
        differences = seen[seen.sum(1).argmax()] - seen
        radius = np.sqrt(2 * differences.var(1, ddof=1) * log / end) + 14 * log / (3 * (end - 1))
        racing = racing[differences.mean(1) <= radius]
        if len(racing) == 1:
            break
    return calls
