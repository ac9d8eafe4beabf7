"""Whether a service is down: it counts the failures that come with no answer in between."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

STREAK = 8
"""Failed attempts in a row, with no answer between them, after which the service counts as down."""

REFUSALS = 8
"""Pauses for a rate limit in a row, with no answer between them, after which the run stops."""

LONGEST = 60.0
"""The longest pause, and the longest wait before a retry, in seconds, where no server names one."""


@dataclass
class Outage:
    """Counts what goes wrong with no answer in between.

    `patience` is how many attempts at a service that is down may fail, each alone and after a
    longer pause, before the run stops. `backoff` is the first pause, in seconds; each further one
    is twice as long. Calls that were in flight together count as one: `since` is when the last
    failure was counted.
    """

    patience: int
    backoff: float
    chance: random.Random = field(default_factory=random.Random)
    streak: int = 0
    failures: int = 0
    refusals: int = 0
    since: float = -1.0

    def answered(self) -> None:
        """The service answered a call: begin to count anew."""
        self.streak = self.failures = self.refusals = 0

    def is_news(self, began: float) -> bool:
        """Whether the failure of a call that began then is not one that was counted already."""
        return began >= self.since

    def refused(self, now: float) -> float:
        """Count a refusal for a rate limit; the seconds to pause where the server names none."""
        self.since = now
        self.refusals += 1
        return self._pause(self.refusals)

    def failed(self, now: float) -> float:
        """Count a failed attempt while the service is down; the seconds to pause."""
        self.since = now
        self.failures += 1
        return self._pause(self.failures)

    @property
    def is_lasting(self) -> bool:
        """Whether the run gives the service up."""
        return self.failures >= self.patience or self.refusals >= REFUSALS

    def retry_wait(self, failures: int) -> float:
        """The seconds before a call is tried again that has failed so often.

        They are drawn at random, so that calls which failed together do not come back together.
        """
        return self._pause(failures) * self.chance.uniform(0.5, 1.0)

    def _pause(self, times: int) -> float:
        return min(LONGEST, self.backoff * 2.0 ** min(times - 1, 30))
