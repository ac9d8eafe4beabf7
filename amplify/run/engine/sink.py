"""Where outcomes go: to disk first, then they count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Protocol

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.progress import Advance
from amplify.contract.provider import MostTokens
from amplify.run.cost.prices import Price
from amplify.run.engine.scrub import Clean
from amplify.run.engine.stop import Stop
from amplify.run.store.cache.cache import Cache
from amplify.run.store.journal import Journal


class Counts(Protocol):
    """Who counts the calls."""

    calls: int
    reused: int
    clean: Clean
    price: Price | None
    identity: dict[str, Any]

    def guess(self, request: Request, outcome: Completion) -> MostTokens | None:
        """What a reply took at most whose provider does not tell what it took."""


class Sink:
    """Takes the outcomes of one list of requests; `failures` holds those that failed, by key."""

    def __init__(
        self,
        journal: Journal,
        cache: Cache | None,
        asked: Mapping[str, Request],
        times: Counter[str],
        advance: Advance,
        counts: Counts,
    ) -> None:
        self.journal = journal
        self.cache = cache
        self.asked = asked
        self.times = times
        self.advance = advance
        self.counts = counts
        self.failures: dict[str, Failure] = {}
        self.settled: set[str] = set()

    def settle(self, key: str, outcome: Completion | Failure, sent: int, /) -> None:
        """Write an outcome down that came after `sent` attempts."""
        outcome = self.counts.clean(outcome)
        self.settled.add(key)
        self.counts.calls += sent
        if isinstance(outcome, Failure):
            self.failures[key] = outcome
        # A prompt that no recording holds was no call; a resumed run looks it up again.
        if not (isinstance(outcome, Failure) and outcome.kind == "unrecorded"):
            request, guessed = self.asked[key], None
            if isinstance(outcome, Completion):
                guessed = self.counts.guess(request, outcome)
            cost = self._cost(outcome)
            self.journal.add(key, request, outcome, sent=sent, cost=cost, guessed=guessed)
        if self.cache is not None and isinstance(outcome, Completion):
            self.cache.put(key, outcome, self.counts.identity.get("model"))
        elif self.cache is not None:
            self.cache.release([key])
        self.advance(self.times[key])

    def found(self, key: str, request: Request, completion: Completion) -> None:
        """Write a reply down that the cache got from another run meanwhile."""
        self.journal.add(key, request, completion, cached=True)
        self.settled.add(key)
        self.counts.reused += 1
        self.advance(self.times[key])

    def close(self, stop: Stop | None) -> None:
        """Account for what got no outcome: it was stopped, or the provider forgot it."""
        for key, request in self.asked.items():
            if key in self.settled:
                continue
            if stop is not None:
                self.failures[key] = stop.failure
                continue
            self.failures[key] = Failure("missing", "the provider gave no outcome", retry=True)
            self.journal.add(key, request, self.failures[key])

    def _cost(self, outcome: Completion | Failure) -> float | None:
        if self.counts.price is None or isinstance(outcome, Failure):
            return None
        return self.counts.price.cost(outcome.usage)
