"""The engine: answers the loop's requests, each with one call, written down before it counts."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
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
from amplify.run.engine.batches.batch_api import BatchApi
from amplify.run.engine.batches.batch_mode import BatchMode
from amplify.run.engine.budget import Budget, Caps
from amplify.run.engine.checked_provider import checked_provider
from amplify.run.engine.concurrent_runs import ConcurrentRuns
from amplify.run.engine.local import ask_local
from amplify.run.engine.outcome_writer import OutcomeWriter
from amplify.run.engine.remote.remote_calls import RemoteCalls, is_remote, most_calls
from amplify.run.engine.request_key import request_key
from amplify.run.engine.scrub import Clean
from amplify.run.engine.stop_reason import KEPT, RunStopped, StopReason
from amplify.run.plan.sections import CallsSection
from amplify.run.store.cache.cache import Cache
from amplify.run.store.journal import Journal

Outcome = Completion | Failure

DEFAULTS = CallsSection()

A_DAY = 86_400.0
"""Seconds that a service may take for a batch."""


class Engine:
    """Answers requests by calls to a provider.

    Equal requests are one call, and a request whose reply is in the journal needs none. One whose
    failure is in the journal is called for again: that is what a run is resumed for. A synchronous
    provider is handed the requests as a list; an asynchronous one is called request by request, or
    in batches where its user chose that.

    `calls` counts the calls to the provider and `reused` the requests that needed none; `stop` says
    why the run makes no further calls, once it does not; `answered` is whether there was any reply.
    """

    def __init__(
        self,
        provider: Provider,
        journal: Journal,
        show: Progress,
        settings: CallsSection = DEFAULTS,
        cache: Cache | None = None,
        price: Price | None = None,
        batches: Path | None = None,
        clean: Clean = lambda outcome: outcome,
        warn: Callable[[str], None] = lambda text: None,
        began: float | None = None,
    ) -> None:
        """`show` shows the progress; `settings` is the plan's section on calls.

        `batches` is the file that keeps the ids of batches; without it there is no batch mode.
        `clean` takes keys out of what a provider says. `warn` is told of calls that take more
        tokens than they were to take at most, and of what the provider does not end. `began` is
        when the time began that `--max-seconds` caps, by `time.monotonic`: by default now.
        """
        self.provider = provider = checked_provider(provider, hint=KEPT)
        self.journal = journal
        self.show = show
        self.cache = cache
        self.clean = clean
        self.price = price
        self.identity = dict(provider.identity)
        self.name = f"provider {self.identity.get('provider', '?')}"
        self.calls = 0
        self.reused = 0
        self.answered = False
        # Two threads that need the same reply make one call: the second finds it in the journal.
        self.lock = threading.Lock()
        self.stop: StopReason | None = None
        max_cost = None if price is FREE else settings.max_cost
        caps = Caps(settings.max_calls, settings.max_tokens, max_cost, settings.max_seconds)
        spent, excess = journal.spent_at(price), journal.excess
        self.budget = budget = Budget(caps, price, self._most, spent, excess, warn, began)
        self.remote: RemoteCalls | None = None
        self.concurrent_runs: ConcurrentRuns | None = None
        self.batches: BatchMode | None = None
        if is_remote(provider):
            self.concurrent_runs = ConcurrentRuns(cache, budget, show, warn) if cache else None
            self.remote = RemoteCalls(
                provider, settings, budget, self.name, journal.attempts, clean, warn
            )
            if batches is not None and provider.batch:
                api = BatchApi(provider, settings, budget, self.name, self.remote.abandoned)
                self.batches = BatchMode(api, batches, self.remote.runner)

    def ask(self, requests: Sequence[Request], phase: str = "ask the LLM") -> list[Outcome]:
        """An outcome for each request, in order; each is on disk before it counts as done.

        `phase` is what the progress calls it. A request for which no call was made, as the run was
        stopped, has failed with the kind "stopped". Raises PluginError where the provider breaks
        its contract; what it answered until then stays in the journal.
        """
        with self.lock:
            return self._ask(requests, phase)

    def _ask(self, requests: Sequence[Request], phase: str) -> list[Outcome]:
        keys = self._keys(requests)
        replies = self.journal.completions
        missing: dict[str, Request] = {}
        for key, request in zip(keys, requests, strict=True):
            if key not in replies:
                missing.setdefault(key, request)
        times = Counter(keys)
        with self.show(phase, len(requests)) as advance:
            writer = OutcomeWriter(self, missing, times, advance)
            self._take_cached(missing)
            self.reused += len(requests) - len(missing)
            advance(sum(count for key, count in times.items() if key not in missing))
            if missing and self.stop is None:
                self.stop = self._call(missing, writer)
            writer.close(self.stop)
        failures = writer.failures
        self.answered = self.answered or any(key in replies for key in keys)
        return [failures[key] if key in failures else replies[key] for key in keys]

    def require(self, requests: Sequence[Request], phase: str = "ask the LLM") -> list[Outcome]:
        """As `ask`, for replies that the run cannot go on without: RunStopped where it was stopped
        before they were all there."""
        outcomes = self.ask(requests, phase)
        stopped = any(isinstance(o, Failure) and o.kind == "stopped" for o in outcomes)
        if self.stop is not None and stopped:
            raise self.run_stopped(phase, requests, more=True)
        return outcomes

    def run_stopped(
        self, phase: str, requests: Sequence[Request], more: bool = False
    ) -> RunStopped:
        """The error of a run that was stopped in this phase, with what these requests still take.

        `more` says that further requests will follow from their replies.
        """
        assert self.stop is not None
        error = RunStopped.of(self.stop, phase)
        error.spent, error.remaining = self.budget.spent, self.remaining(requests)
        error.more = more
        return error

    def remaining(self, requests: Sequence[Request]) -> Remaining:
        """The most that the calls take which these requests still need."""
        replies = self.journal.completions
        keyed = dict(zip(self._keys(requests), requests, strict=True))
        return self._most_of({key: r for key, r in keyed.items() if key not in replies})

    def most_of(self, requests: Sequence[Request]) -> Remaining:
        """The most that the calls take for these requests, if none of them is answered yet."""
        return self._most_of(dict(zip(self._keys(requests), requests, strict=True)))

    def unanswered(self, requests: Sequence[Request]) -> list[bool]:
        """Of each request whether it has no reply yet."""
        return [key not in self.journal.completions for key in self._keys(requests)]

    def _most_of(self, keyed: Mapping[str, Request]) -> Remaining:
        written = self.journal.attempts.written
        calls = sum(
            1 if key in written else most_calls(self.provider, request)
            for key, request in keyed.items()
        )
        seconds = self.budget.ample_seconds(calls, max(1, self.calls))
        if self.batches is not None and seconds is not None:
            seconds = max(seconds, A_DAY)
        if not self.budget.counts_tokens:
            return Remaining(calls, None, None, seconds)
        each = [self._most(request) for request in keyed.values()]
        most = MostTokens(sum(m.input for m in each), sum(m.output for m in each))
        return Remaining(calls, *self.budget.upper_bounds(most), seconds)

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

    def _keys(self, requests: Sequence[Request]) -> list[str]:
        apart = self.remote is not None and self.remote.provider.warms
        return [request_key(request, self.identity, apart) for request in requests]

    def _take_cached(self, missing: dict[str, Request]) -> None:
        """Move the requests that the cache has replies to into the journal."""
        if self.cache is None or self.remote is None:
            return
        for key, completion in self.cache.get(list(missing)).items():
            self.journal.add(key, missing.pop(key), completion, cached=True)

    def assumed_tokens(self, request: Request, completion: Completion) -> MostTokens | None:
        """The tokens that count for a reply whose provider does not count them; None where it does,
        or where nobody asks for them."""
        if self.remote is None and not self.budget.counts_tokens:
            return None
        return self.budget.assumed_tokens(request, completion)

    def _most(self, request: Request) -> MostTokens:
        with calling(self.name, hint=KEPT):
            return most_tokens(self.provider, request)

    def _call(self, missing: dict[str, Request], writer: OutcomeWriter) -> StopReason | None:
        """Make the calls; why the run makes no further ones, where it does not."""
        if self.batches is not None:
            return self.batches.ask(missing, writer.deliver)
        remote = self.remote
        if remote is not None and self.concurrent_runs is not None:
            return self.concurrent_runs.ask(
                missing, writer, lambda requests: remote.ask(requests, writer.deliver)
            )
        if remote is not None:
            return remote.ask(missing, writer.deliver)
        local = cast(SyncProvider, self.provider)
        return ask_local(local, missing, writer.deliver, self.budget, self.name)
