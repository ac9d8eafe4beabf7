"""Writes outcomes down: each into the journal and the cache before it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.progress import Advance
from amplify.run.engine.stop_reason import StopReason

if TYPE_CHECKING:
    from amplify.run.engine.engine import Engine

Deliver = Callable[[str, Completion | Failure, int], None]
"""Takes the outcome of a request: its key, the outcome, and the attempts that it took."""


class OutcomeWriter:
    """Takes the outcomes of one list of requests; `failures` holds those that failed, by key."""

    def __init__(
        self,
        engine: Engine,
        requests: Mapping[str, Request],
        times: Counter[str],
        advance: Advance,
    ) -> None:
        """`requests` are those without an outcome, by key; `times` says how often each key stands
        in the list; `advance` shows so much progress for its outcome."""
        self.engine = engine
        self.journal = engine.journal
        self.cache = engine.cache
        self.requests = requests
        self.times = times
        self.advance = advance
        self.failures: dict[str, Failure] = {}
        self.delivered: set[str] = set()

    def deliver(self, key: str, outcome: Completion | Failure, attempts: int) -> None:
        """Write the outcome of a call down, which took so many attempts."""
        engine = self.engine
        outcome = engine.clean(outcome)
        self.delivered.add(key)
        engine.calls += attempts
        if isinstance(outcome, Completion):
            request = self.requests[key]
            assumed = engine.assumed_tokens(request, outcome)
            cost = None if engine.price is None else engine.price.cost(outcome.usage)
            self.journal.add(key, request, outcome, sent=attempts, cost=cost, guessed=assumed)
            if self.cache is not None:
                self.cache.put(key, outcome, engine.identity.get("model"))
        else:
            outcome = self.failures[key] = self._with_usage(key, outcome)
            # A replay without a recording was no call: whoever resumes meets the same again.
            if outcome.kind != "unrecorded":
                self.journal.add(key, self.requests[key], outcome, sent=attempts)
            if self.cache is not None:
                self.cache.release([key])
        self.advance(self.times[key])

    def deliver_cached(self, key: str, request: Request, completion: Completion) -> None:
        """Write a reply down that another run has put into the cache meanwhile."""
        self.journal.add(key, request, completion, cached=True)
        self.delivered.add(key)
        self.engine.reused += 1
        self.advance(self.times[key])

    def close(self, stop: StopReason | None) -> None:
        """Have all other requests fail: the run was stopped, or the provider gave no outcome."""
        for key, request in self.requests.items():
            if key in self.delivered:
                continue
            if stop is not None:
                self.failures[key] = self._with_usage(key, stop.failure)
                continue
            self.failures[key] = Failure("missing", "the provider gave no outcome", retry=True)
            self.journal.add(key, request, self.failures[key])

    def _with_usage(self, key: str, failure: Failure) -> Failure:
        """The failure, with what a first reply took that was got before."""
        first = self.journal.attempts.written.get(key)
        return failure if first is None else replace(failure, usage=first.completion.usage)
