"""Plans the rounds of a race: how many items the next one has, and how many contenders go on.

Where the calls that are left suffice to ask every survivor every item, nobody but the bound drops a
contender, and rounds are only as long as `rounds` asks. Where they do not, contenders are halved:
the calls are divided evenly among as many stages as it takes halvings to leave one contender, and
at the end of each stage the better half goes on (Karnin, Koren and Somekh 2013, "Almost optimal
exploration in multi-armed bandits"; Jamieson and Talwalkar 2016, "Non-stochastic best arm
identification and hyperparameter optimization"). There are only so many items, so that late stages,
with few contenders, cannot use their part of the calls. The earlier stages get what these leave,
and the later ones what the bound saves.

All is a function of what is left, so that a race that is taken up again goes on as it would have.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

FEWEST = 8
"""The items that a round has at least, where so many are left: with fewer, the order of contenders
is little more than chance, and no bet can be won."""


@dataclass(frozen=True)
class Step:
    """The next round: its `items`, and how many contenders `keep` their place after it.

    `keep` is None where nobody is dropped but by the bound. No items: the race is over.
    """

    items: int
    keep: int | None = None


@dataclass(frozen=True)
class Schedule:
    """The rounds of a race over so many `items`, of so many `contenders`, with so many `calls`.

    `calls` is None where they are not limited. `rounds` is into how many rounds the items are
    divided where nothing is short; more of them let the bound act earlier.
    """

    items: int
    contenders: int
    calls: int | None = None
    rounds: int = 12

    @property
    def starters(self) -> int:
        """How many contenders the calls suffice for: with more, the first round would be too short
        to compare anything. 0 where they do not suffice for two."""
        if self.calls is None:
            return self.contenders
        fewest = min(FEWEST, self.items)
        start = min(self.contenders, self.calls // fewest)
        return start if start >= min(2, self.contenders) else 0

    def step(self, total: int, surviving: int, calls: int | None = None) -> Step:
        """The next round, after `total` items, for so many survivors, with so many calls left."""
        left = self.items - total
        if surviving < 2 or left < 1 or (calls is not None and calls < surviving):
            return Step(0)
        usual = min(left, max(FEWEST, ceil(self.items / self.rounds)))
        if calls is None or calls >= surviving * left:
            return Step(usual)
        return Step(min(left, self._of_stage(left, surviving, calls)), ceil(surviving / 2))

    def _of_stage(self, left: int, surviving: int, calls: int) -> int:
        """The most items of the next stage with which all later ones have as many calls as it."""
        low, high = min(FEWEST, calls // surviving), calls // surviving
        while low < high:
            items = (low + high + 1) // 2
            if _cost(items * surviving, left, surviving) <= calls:
                low = items
            else:
                high = items - 1
        return low


def _cost(calls: int, left: int, surviving: int) -> int:
    """The calls of all stages where each has so many, or fewer if no items are left to ask."""
    total = 0
    while surviving > 1 and left > 0:
        items = min(left, calls // surviving)
        total += items * surviving
        left -= items
        surviving = ceil(surviving / 2)
    return total
