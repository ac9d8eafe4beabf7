"""Estimates by how much the winner's score on the items of its race is too high.

The winner is chosen because its score is high, and a part of that is luck with these items. The
estimate is that of empirical Bayes (Robbins 1956; Efron 2011, "Tweedie's formula and selection
bias", JASA 106). All contenders tell how much their true accuracies differ: their distribution is
estimated by maximum likelihood without an assumption about its shape (Kiefer and Wolfowitz 1956; by
EM, Laird 1978). Given that distribution, the winner's true accuracy is expected at its posterior
mean, however the winner was chosen, whenever the race ended, and however few items the losers were
asked: the data tell all, and not the reason for which no more were collected.

A contender's score is an effect of the contender in a table of contenders and items, because those
that were dropped early were asked other items, which may be easier (`_effects`). Its variance is
what is left in its row when the items' difficulty is taken out, drawn a little to the mean of all.

`benchmarks/race.py optimism` compares the estimate with the true optimism and with rivals: the
bootstrap of the selection and of its out-of-bag items (BBC-CV, Tsamardinos et al. 2018), which
choose among dropped contenders by the few answers that there are, and are several times too large
after a race; and the bias over folds (Tibshirani and Tibshirani 2009), which is about as near, but
too large where one contender is truly better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amplify.loop.compare.statistics import wilson

SWEEPS = 100
"""How often the effects and the distribution are improved; more of them change nothing to see."""

POINTS = 200
"""How many accuracies the distribution is made of."""

PRIOR_ITEMS = 5
"""For how many items the mean variance counts, beside the items that a contender was asked."""


@dataclass(frozen=True)
class Optimism:
    """By how much the `score` of the `winner`, on so many `items`, is expected to be too high.

    The `interval` is one of 95% for the difference between this score and the accuracy on new
    items. It is as wide as that of any accuracy on so many items.
    """

    winner: str
    items: int
    score: float
    estimate: float
    interval: tuple[float, float]


def estimate_optimism(answers: Mapping[str, Sequence[bool]], winner: str) -> Optimism:
    """The optimism of the `winner`.

    `answers` are those of all contenders, dropped or not: whether each was right, in the order of
    the items, which begins with the same item for all.
    """
    items = len(answers[winner])
    score = sum(answers[winner]) / items
    estimate = _luck(list(answers.values()), list(answers).index(winner))
    low, high = wilson(min(items, max(0, round((score - estimate) * items))), items)
    return Optimism(winner, items, score, estimate, (score - high, score - low))


def _luck(rows: Sequence[Sequence[bool]], winner: int) -> float:
    """The winner's effect less its posterior mean; choosing the best never makes it too low."""
    import numpy as np

    table = np.full((len(rows), max(map(len, rows))), np.nan)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    effects, errors = _effects(table)
    if np.ptp(effects) == 0:
        return 0.0
    points = np.linspace(effects.min(), effects.max(), POINTS)
    distance = (effects[:, None] - points) ** 2 / errors[:, None]
    likelihood = np.exp(-(distance - distance.min(1, keepdims=True)) / 2)
    shares = np.full(POINTS, 1 / POINTS)
    for _ in range(SWEEPS):
        posterior = likelihood * shares
        posterior /= posterior.sum(1, keepdims=True)
        shares = posterior.mean(0)
    return max(0.0, float(effects[winner] - posterior[winner] @ points))


def _effects(table: Any) -> tuple[Any, Any]:
    """The accuracy of each contender, a row, as if it had been asked all items, and its variance.

    `table` has 1 for a right answer, 0 for a wrong one, and nan where there is none.
    """
    import numpy as np

    given = ~np.isnan(table)
    values = np.where(given, table, 0.0)
    counts = given.sum(1)
    effects = values.sum(1) / counts
    for _ in range(SWEEPS):
        ease = ((values - effects[:, None]) * given).sum(0) / given.sum(0)
        ease -= ease.mean()
        before, effects = effects, ((values - ease) * given).sum(1) / counts
        if np.abs(effects - before).max() < ROUNDING:
            break
    squares = (((values - effects[:, None] - ease) * given) ** 2).sum(1)
    degrees = max(1, int(given.sum()) - sum(table.shape) + 1)
    mean = squares.sum() / degrees
    variances = (squares * given.sum() / degrees + PRIOR_ITEMS * mean) / (counts + PRIOR_ITEMS)
    return effects, np.maximum(variances / counts, ROUNDING)


ROUNDING = 1e-9
