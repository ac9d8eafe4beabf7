"""When to wait for a service that answers nothing, and when to give up on it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

STREAK = 8
"""Failed attempts in a row, with no answer between them, that mean: the service is down."""

REFUSALS = 8
"""Pauses for a rate limit in a row, with no answer between them, after which the run stops."""

LONGEST = 60.0
"""Seconds that a pause or a wait before another try grows to, where no server names one."""


@dataclass
class Trouble:
    """Counts what goes wrong with no answer in between.

    `patience` is how many attempts may fail one after the other, each alone and after a longer
    pause, before the run stops. Calls that were in flight together count as one.
    """

    patience: int
    backoff: float
    chance: random.Random = field(default_factory=random.Random)
    streak: int = 0
    failed: int = 0
    refused: int = 0
    since: float = -1.0

    def answered(self) -> None:
        """Something was answered: all is well."""
        self.streak = self.failed = self.refused = 0

    def fresh(self, began: float) -> bool:
        """Whether a call that began then tells something new, not what the last pause was for."""
        return began >= self.since

    def refusal(self, now: float) -> float:
        """A rate limit: the seconds to pause where the server names none."""
        self.since = now
        self.refused += 1
        return self._grown(self.refused - 1)

    def failure(self, now: float) -> float:
        """A failed attempt while nothing is answered: the seconds to pause."""
        self.since = now
        self.failed += 1
        return self._grown(self.failed - 1)

    @property
    def hopeless(self) -> bool:
        """Whether to give up."""
        return self.failed >= self.patience or self.refused >= REFUSALS

    def wait(self, tries: int) -> float:
        """The seconds before a call is tried again that failed so often; spread, so that calls
        which failed together do not come back together."""
        return self._grown(tries - 1) * self.chance.uniform(0.5, 1.0)

    def _grown(self, times: int) -> float:
        return min(LONGEST, self.backoff * 2.0 ** min(times, 30))
