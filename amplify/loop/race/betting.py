"""Bets against the claim that a contender is the best, and the bound that the bets give.

Against each contender there is a bet, that somebody is better than it by more than a gap. Before
each item the bet picks an opponent, the best of the others so far, and stakes a part of its wealth
on the item being one that the opponent gets right and the contender gets wrong. If in truth nobody
is better by more than the gap, this makes no money on average, whichever opponent was picked before
the item was seen. Then the wealth is a supermartingale that begins with 1, and the chance that it
ever reaches 1 / alpha is at most alpha (Ville 1939). Where it does, the bet is won. This holds
however often one looks, and whenever one stops.

The items are drawn from a list without replacement, and the bet is about the whole list. Suppose
that the opponent was right on `lead` items more than the contender, of the first `t` of `n`. If
over all `n` it is better by the gap, then the mean difference of the remaining items is
(n * gap - lead) / (n - t). This is the price of the bet on the next item; it makes the bet sharper
the more of the list was asked (Waudby-Smith and Ramdas 2020, "Confidence sequences for sampling
without replacement", NeurIPS 33; Stark 2023, "ALPHA", Annals of Applied Statistics 17, audits
elections so, which is the same problem). Without a list, the price is the gap.

Which share of the wealth is best staked depends on the unknown difference. So the wealth is divided
among bettors, who stake different shares of theirs, `STAKES` (a mixture, as Robbins 1970 proposed;
Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting", JRSS B 86,
compare it with others). Where the gap is 0 and there is no list, this is a sequential McNemar test:
items that both get right, or both wrong, win and lose nothing.
"""

from __future__ import annotations

from typing import Any

STAKES = tuple((2 * step + 1) / 20 for step in range(10))
"""The shares of the wealth that are staked."""

STEPS = 11
"""How often the range of the bound is halved: it is exact to 0.001."""

ROUNDING = 1e-9


def wealth(differences: Any, leads: Any, items: int | None, gap: Any) -> Any:
    """What the bets against each contender, a column, are worth after each item, a row.

    `differences` has a row for each item that was asked: 1 where only the opponent was right, -1
    where only the contender was, else 0. `leads` says how many items more the opponent of that row
    had been right on before. `items` is the length of the list that the items are drawn from (None:
    there is no such list). `gap` is a number or one for each contender. The worth is infinite where
    it is impossible that nobody is better by more than the gap.
    """
    import numpy as np

    before = np.arange(len(differences))[:, None]
    price = 1 + (gap if items is None else (items * gap - leads) / (items - before))
    price = np.minimum(price + np.zeros(differences.shape), 2.0)
    free = price <= ROUNDING
    impossible = (price < -ROUNDING) | (free & (differences > -1))
    fold = np.where(free, 1.0, (1 + differences) / np.where(free, 1.0, price))
    with np.errstate(over="ignore"):
        worth = np.cumprod(1 + np.asarray(STAKES) * (fold[..., None] - 1), axis=0).mean(-1)
    return np.where(np.logical_or.accumulate(impossible, axis=0), np.inf, worth)


def won(differences: Any, leads: Any, items: int | None, gap: Any, alpha: float) -> Any:
    """For each contender, whether it is shown at level `alpha` that one is better by over the gap.

    The other parameters are those of `wealth`.
    """
    return (wealth(differences, leads, items, gap) >= 1 / alpha).any(axis=0)


def behind_at_least(differences: Any, leads: Any, items: int | None, alpha: float) -> Any:
    """The largest gap for each contender that is shown at level `alpha`, from -1 to 1.

    A gap below 0 says by how much it may at most be ahead of all others. The parameters are those
    of `wealth`. The larger the gap, the less a bet wins, so that it is found by halving.
    """
    import numpy as np

    low = np.full(differences.shape[1], -1.0)
    high = np.ones(differences.shape[1])
    for _ in range(STEPS):
        middle = (low + high) / 2
        shown = won(differences, leads, items, middle, alpha)
        low, high = np.where(shown, middle, low), np.where(shown, high, middle)
    return low
