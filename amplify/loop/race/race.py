"""Races contenders: adds rounds of answers, and drops who is shown to be behind the best.

A contender is dropped where the bets of `betting` show, at level `alpha`, that another is better on
the whole list of items. The guarantee: **the best contender of the list is dropped by the bound
with a chance of at most `alpha`**, over the random order of the items, at any number of rounds and
wherever the race ends. There is nothing to correct for the number of contenders. Only the best
contender can be dropped wrongly, so that of all the bets there is just one that may not be won, the
one against it. Nor is there for the changing leader: a bet may take any opponent that is picked
before the item is seen, because nobody is better than the best. Pairs of contenders that are tested
apart would need a level of alpha / (contenders - 1) each.

What the bound says of a single contender ("behind by at least 4 points") is true with a chance of
1 - `alpha`, for that contender. It is about the list. That the winner is better on new items than a
baseline is for the test items to show.

The items have to come in a random order that does not depend on the answers. `halve` and `end` drop
contenders without showing anything.

Considered and not used: `confseq` 0.0.11 is sources only, for which a compiler and Boost are
needed; `expectation` 0.6 needs Python 3.12; `ville` 0.1 has no sampling without replacement; none
of them bets on opponents that change. irace drops by Friedman's test, whose level does not hold
when it is looked at after every round (Birattari et al. 2002). The empirical Bernstein bound of
Maurer and Pontil (2009) dropped nobody in any recorded run, of 100 or 200 items each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from amplify.contract.grammar import counted
from amplify.loop.race.betting import behind_at_least, won

Reason = Literal["bound", "halved", "budget"]


@dataclass(frozen=True)
class Exit:
    """A contender that was dropped after a round, when it had been asked so many items.

    `behind` is by how much its accuracy was below the leader's, on the same items. On the whole
    list it is behind the best by `bound` at least, with 95% certainty where alpha is 0.05; where
    `bound` is below 0 this was not shown. `reason` is "bound" where it was shown, "halved" where
    only the best went on, "budget" where the race ended.
    """

    name: str
    round: int
    items: int
    behind: float
    bound: float
    reason: Reason


@dataclass(frozen=True)
class Standing:
    """A contender after a round: right answers so far, and what `Exit` says of the last two."""

    name: str
    right: int
    behind: float
    bound: float


@dataclass(frozen=True)
class Round:
    """A round of so many `items`, with which its contenders had been asked `total` items.

    The `standings` are of all contenders that were in the round, the best first.
    """

    number: int
    items: int
    total: int
    standings: tuple[Standing, ...]


class Race:
    """A race between contenders.

    `names` are the contenders; of several that are equally good, the one that is named first leads.
    `items` is the length of the list that the items come from (None: there is no end of items, and
    the bound is about new ones). `alpha` is the largest chance that the best contender is dropped
    by the bound.
    """

    def __init__(
        self,
        names: Sequence[str],
        items: int | None = None,
        *,
        alpha: float = 0.05,
    ) -> None:
        import numpy as np

        if not names or len({*names}) < len(names):
            raise ValueError("a race needs contenders, and each by a name of its own")
        self.names, self.items, self.alpha = tuple(names), items, alpha
        self.rounds: tuple[Round, ...] = ()
        self.exits: tuple[Exit, ...] = ()
        self._answers: dict[str, list[bool]] = {name: [] for name in names}
        self._racing = list(names)
        self._counts = np.zeros(len(names), int)
        self._differences = np.zeros((0, len(names)), int)
        self._leads = np.zeros((0, len(names)), int)

    @property
    def total(self) -> int:
        """How many items each surviving contender has been asked."""
        return len(self._differences)

    @property
    def surviving(self) -> tuple[str, ...]:
        """The contenders that are in the race, the best first."""
        return tuple(self._racing[place] for place in self._order())

    @property
    def leader(self) -> str:
        """The best contender so far."""
        return self.surviving[0]

    @property
    def answers(self) -> dict[str, tuple[bool, ...]]:
        """For each contender, dropped or not, whether it was right on each item it was asked."""
        return {name: tuple(right) for name, right in self._answers.items()}

    def add(self, right: Mapping[str, Sequence[bool]]) -> None:
        """Add a round, and drop every contender that is now shown to be behind.

        `right` tells for each surviving contender whether it was right on each item of the round:
        the same new items, in the same order, for all. What could not be read counts as wrong.
        """
        import numpy as np

        sizes = {len(answers) for answers in right.values()}
        if {*right} != {*self._racing} or len(sizes) != 1 or 0 in sizes:
            raise ValueError("a round has the same items, one at least, for each survivor")
        (size,) = sizes
        if self.items is not None and self.total + size > self.items:
            raise ValueError(
                f"the list has {counted(self.items, 'item')}, and {self.total} were asked"
            )
        answers = np.array([right[name] for name in self._racing], dtype=int)
        for column in answers.T:
            self._bet(column)
        for name in self._racing:
            self._answers[name] += map(bool, right[name])
        standings, shown = self._standings()
        self.rounds += (Round(len(self.rounds) + 1, size, self.total, standings),)
        self._drop([self._racing[place] for place in np.flatnonzero(shown)], "bound")

    def halve(self, keep: int) -> None:
        """Drop all survivors but the best `keep`, although nothing is shown of the others."""
        self._drop(self.surviving[max(1, keep) :], "halved")

    def end(self) -> None:
        """Drop all survivors but the leader, because nothing more can be asked."""
        self._drop(self.surviving[1:], "budget")

    def table(self) -> dict[str, Any]:
        """What happened, for a record: the rounds with their standings, and the exits."""
        return {
            "alpha": self.alpha,
            "items": self.items,
            "total": self.total,
            "leader": self.leader,
            "surviving": list(self.surviving),
            "rounds": [asdict(of_race) for of_race in self.rounds],
            "exits": [asdict(of_race) for of_race in self.exits],
        }

    def _order(self) -> Any:
        import numpy as np

        return np.argsort(-self._counts, kind="stable")

    def _bet(self, column: Any) -> None:
        """Bet on an item, whose right answers by contender are `column`."""
        import numpy as np

        best, *others = self._order()[:2]
        opponents = np.full(len(column), best)
        opponents[best] = others[0] if others else best
        self._leads = np.vstack([self._leads, self._counts[opponents] - self._counts])
        self._differences = np.vstack([self._differences, column[opponents] - column])
        self._counts = self._counts + column

    def _standings(self) -> tuple[tuple[Standing, ...], Any]:
        """The standings, and by contender whether it is shown to be behind."""
        import numpy as np

        order = self._order()
        lost = self._counts[order[0]] - self._counts
        bound = behind_at_least(self._differences, self._leads, self.items, self.alpha)
        shown = won(self._differences, self._leads, self.items, 0.0, self.alpha)
        bound = np.where(shown, np.maximum(bound, 0.0), np.minimum(bound, 0.0))
        if self.total == self.items:  # nothing is left to be unsure of
            shown, bound = lost > 0, lost / self.items
            bound[order[0]] = -lost[order[1]] / self.items if len(order) > 1 else 0.0
        shown[order[0]] = False
        standings = tuple(
            Standing(
                self._racing[place],
                int(self._counts[place]),
                float(lost[place] / self.total),
                float(bound[place]),
            )
            for place in order
        )
        return standings, shown

    def _drop(self, names: Sequence[str], reason: Reason) -> None:
        """Drop these contenders, whose exits tell how they stood after the last round."""
        if not names:
            return
        if not self.rounds:
            raise ValueError("nobody is dropped before the first round")
        last = self.rounds[-1]
        standing = {of_round.name: of_round for of_round in last.standings}
        self.exits += tuple(
            Exit(name, last.number, last.total, standing[name].behind, standing[name].bound, reason)
            for name in names
        )
        places = [place for place, name in enumerate(self._racing) if name not in names]
        self._racing = [self._racing[place] for place in places]
        self._counts = self._counts[places]
        self._differences = self._differences[:, places]
        self._leads = self._leads[:, places]
