"""Runs that use one cache at the same time: a call that several of them need is made by one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from amplify.contract.calls import Request
from amplify.contract.grammar import counted
from amplify.contract.progress import Progress
from amplify.run.engine.budget import Budget
from amplify.run.engine.outcome_writer import OutcomeWriter
from amplify.run.engine.stop_reason import StopReason
from amplify.run.store.cache.cache import Cache

POLL = 0.2
"""Seconds between two looks at the replies that another run has got."""

Ask = Callable[[Mapping[str, Request]], StopReason | None]
"""Calls for requests, by key; returns why the run makes no further calls, where it does not."""


class ConcurrentRuns:
    """Makes the calls that no other run makes, waits for the rest, and makes what is left.

    A run waits only while it makes no calls itself, so that no two wait for each other.
    """

    def __init__(
        self, cache: Cache, budget: Budget, show: Progress, warn: Callable[[str], None]
    ) -> None:
        """`cache` holds the replies of all runs and their claims of calls; `warn` is told once that
        the run waits."""
        self.cache = cache
        self.budget = budget
        self.show = show
        self.warn = warn
        self.warned = False

    def ask(
        self, requests: Mapping[str, Request], writer: OutcomeWriter, ask: Ask
    ) -> StopReason | None:
        """Have every request (by key) answered, by `ask` or in another run; why the run makes no
        further calls, where it was stopped."""
        waiting, stop = dict(requests), None
        while waiting and stop is None:
            claimed = self.cache.claim(list(waiting))
            try:
                self._take(waiting, writer)
                calls = {key: waiting.pop(key) for key in list(waiting) if key in claimed}
                stop = ask(calls) if calls else None
            finally:
                self.cache.release(claimed)
            if waiting and stop is None:
                stop = self._wait(waiting, writer)
        return stop

    def _take(self, waiting: dict[str, Request], writer: OutcomeWriter) -> int:
        """Take the replies to waiting requests that are in the cache by now; how many."""
        replies = self.cache.get(list(waiting))
        for key, completion in replies.items():
            writer.deliver_cached(key, waiting.pop(key), completion)
        return len(replies)

    def _wait(self, waiting: dict[str, Request], writer: OutcomeWriter) -> StopReason | None:
        """Wait until all requests are answered, or no other run calls for some of them any more."""
        if not self.warned:
            self.warned = True
            self.warn(
                f"waiting for {counted(len(waiting), 'reply', 'replies')} that another run is"
                " asking for (with"
                " --no-cache a run asks for itself)"
            )
        with self.show("wait for what another run is asking", len(waiting)) as advance:
            while waiting:
                seconds = self.budget.seconds_left()
                if seconds is not None and seconds <= 0:
                    return self.budget.time_is_up()
                advance(self._take(waiting, writer))
                if not waiting or not self.cache.held(list(waiting)):
                    break
                time.sleep(POLL if seconds is None else min(POLL, seconds))
        return None
