"""The engine: what the loop asks, once each, and written down before it counts."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.errors import InterruptedAgain
from amplify.contract.guard.calling import calling
from amplify.contract.progress import Progress
from amplify.contract.provider import MostTokens, Provider, SyncProvider
from amplify.run.cost.prices import FREE, Price
from amplify.run.cost.raised_caps import Remaining
from amplify.run.cost.token_counts import most_tokens
from amplify.run.engine.batches.batch import Batches
from amplify.run.engine.budget import Budget, Caps
from amplify.run.engine.checked_provider import provider_door
from amplify.run.engine.local import ask_local
from amplify.run.engine.patience import SWALLOWS
from amplify.run.engine.remote.remote import Remote, is_remote
from amplify.run.engine.request_key import request_key
from amplify.run.engine.scrub import Clean
from amplify.run.engine.shared_cache import Together
from amplify.run.engine.sink import Sink
from amplify.run.engine.stop import KEPT, RunStopped, Stop
from amplify.run.plan.plan import CallsSection
from amplify.run.store.cache.cache import Cache
from amplify.run.store.journal import Journal

Outcome = Completion | Failure

DEFAULTS = CallsSection()

A_DAY = 86_400.0
"""Seconds that a service may take for a batch."""


class Engine:
    """Asks a provider. Equal requests are one call; a reply in the journal is never asked again.

    A request that failed is asked again when the run is resumed. A synchronous provider is
    handed the list of missing requests; an asynchronous one is driven here, call by call, or in
    batches where its user chose that.

    `calls` counts what the provider was asked, `reused` the requests that needed no call; `stop`
    says why the run asks no more, once it does not; `answered` whether there was any reply.
    `clean` takes keys out of what a provider says; `tell` is told of calls that take more than they
    were to take at most; `began` is when the time began that `--max-seconds` bounds (default: now).
    """

    def __init__(
        self,
        provider: Provider,
        journal: Journal,
        show: Progress,
        calls: CallsSection = DEFAULTS,
        cache: Cache | None = None,
        price: Price | None = None,
        batches: Path | None = None,
        clean: Clean = lambda outcome: outcome,
        tell: Callable[[str], None] = lambda text: None,
        began: float | None = None,
    ) -> None:
        self.provider = provider = provider_door(provider, hint=KEPT)
        self.journal = journal
        self.show = show
        self.settings = calls
        self.cache = cache
        self.clean = clean
        self.price = price
        self.identity = dict(provider.identity)
        self.name = f"provider {self.identity.get('provider', '?')}"
        self.calls = 0
        self.reused = 0
        self.answered = False
        # Two threads that ask for the same are one call: the second finds it answered.
        self.lock = threading.Lock()
        self.stop: Stop | None = None
        most = None if price is FREE else calls.max_cost
        caps = Caps(calls.max_calls, calls.max_tokens, most, calls.max_seconds)
        self.budget = Budget(
            caps, price, self._most, journal.value(price), journal.excess, tell, began
        )
        self.remote: Remote | None = None
        self.together: Together | None = None
        self.batches: Batches | None = None
        if is_remote(provider):
            self.together = Together(cache, self.budget, show, tell) if cache else None
            self.remote = remote = Remote(
                provider, calls, self.budget, self.name, journal.attempts, clean, tell
            )
            if batches is not None and provider.batch:
                self.batches = Batches(
                    provider,
                    batches,
                    self.budget,
                    remote.runner,
                    calls.retries,
                    calls.timeout,
                    left=lambda method: remote.tell_left(method, SWALLOWS),
                )

    def ask(self, requests: Sequence[Request], phase: str = "ask the LLM") -> list[Outcome]:
        """An outcome for each request, in order; each is on disk before it counts as done.

        What was not asked, as the run was stopped, is a Failure of kind "stopped". Raises
        PluginError where the provider breaks its contract; what it answered until then stays in
        the journal.
        """
        with self.lock:
            return self._ask(requests, phase)

    def _ask(self, requests: Sequence[Request], phase: str) -> list[Outcome]:
        apart = self.remote is not None and self.remote.provider.warms
        keys = [request_key(request, self.identity, apart) for request in requests]
        asked: dict[str, Request] = {}
        for key, request in zip(keys, requests, strict=True):
            if key not in self.journal.completions:
                asked.setdefault(key, request)
        times = Counter(keys)
        with self.show(phase, len(requests)) as advance:
            sink = Sink(self.journal, self.cache, asked, times, advance, self)
            self._from_cache(asked)
            self.reused += len(requests) - len(asked)
            advance(sum(count for key, count in times.items() if key not in asked))
            if asked and self.stop is None:
                self.stop = self._call(asked, sink)
            sink.close(self.stop)
        failures = sink.failures
        self.answered = self.answered or any(key in self.journal.completions for key in keys)
        return [failures[key] if key in failures else self.journal.completions[key] for key in keys]

    def require(self, requests: Sequence[Request], phase: str = "ask the LLM") -> list[Outcome]:
        """As `ask`, for what the run cannot go on without: RunStopped where it was stopped."""
        outcomes = self.ask(requests, phase)
        stopped = any(isinstance(o, Failure) and o.kind == "stopped" for o in outcomes)
        if self.stop is not None and stopped:
            raise self.stopped(phase, requests, more=True)
        return outcomes

    def stopped(self, phase: str, requests: Sequence[Request], more: bool = False) -> RunStopped:
        """The error that the engine's stop is, with what these requests need to be answered;
        `more`: others will follow."""
        assert self.stop is not None
        error = RunStopped.of(self.stop, phase)
        error.spent, error.left, error.more = self.budget.spent, self.left(requests), more
        return error

    def left(self, requests: Sequence[Request]) -> Remaining:
        """The most that those of the requests take which have no answer."""
        apart = self.remote is not None and self.remote.provider.warms
        keyed = {request_key(request, self.identity, apart): request for request in requests}
        asked = [keyed[key] for key in keyed if key not in self.journal.completions]
        budget = self.budget
        seconds = budget.about_seconds(len(asked), max(1, self.calls))
        if self.batches is not None and seconds is not None:
            seconds = max(seconds, A_DAY)
        if not budget.counts:
            return Remaining(len(asked), None, None, seconds)
        most = [self._most(request) for request in asked]
        whole = MostTokens(sum(one.input for one in most), sum(one.output for one in most))
        return Remaining(len(asked), *budget.most_of(whole), seconds)

    def close(self) -> None:
        """Close the provider's connections."""
        if self.remote is not None:
            self.remote.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not isinstance(error, InterruptedAgain):
            self.close()

    def _from_cache(self, asked: dict[str, Request]) -> None:
        """Take what the cache has into the journal, and out of what is asked."""
        if self.cache is None or self.remote is None:
            return
        for key, completion in self.cache.get(list(asked)).items():
            self.journal.add(key, asked.pop(key), completion, cached=True)

    def guess(self, request: Request, outcome: Completion) -> MostTokens | None:
        """What a reply took at most whose provider does not tell; None where nobody will ask."""
        if self.remote is None and not self.budget.counts:
            return None
        return self.budget.guess(request, outcome)

    def _most(self, request: Request) -> MostTokens:
        with calling(self.name, hint=KEPT):
            return most_tokens(self.provider, request)

    def _call(self, asked: dict[str, Request], sink: Sink) -> Stop | None:
        if self.batches is not None:
            return self.batches.ask(asked, sink.settle)
        remote = self.remote
        if remote is not None and self.together is not None:
            return self.together.ask(asked, sink, lambda mine: remote.ask(mine, sink.settle))
        if remote is not None:
            return remote.ask(asked, sink.settle)
        local = cast(SyncProvider, self.provider)
        return ask_local(local, asked, sink.settle, self.budget, self.name)
