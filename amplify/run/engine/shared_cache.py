"""Runs that share a cache at the same time: what several of them need is asked once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from amplify.contract.calls import Request
from amplify.contract.progress import Progress
from amplify.run.engine.budget import Budget
from amplify.run.engine.sink import Sink
from amplify.run.engine.stop import Stop
from amplify.run.store.cache.cache import Cache

POLL = 0.2
"""Seconds between two looks at what another run has been answered."""

Call = Callable[[Mapping[str, Request]], Stop | None]


class Together:
    """Asks what no other run is asking, waits for the rest, and asks what nobody asks any more.

    A run waits only while it asks nothing itself, so that no two wait for each other.
    """

    def __init__(
        self, cache: Cache, budget: Budget, show: Progress, tell: Callable[[str], None]
    ) -> None:
        """`tell` is told once that the run waits."""
        self.cache = cache
        self.budget = budget
        self.show = show
        self.tell = tell
        self.told = False

    def ask(self, asked: Mapping[str, Request], sink: Sink, call: Call) -> Stop | None:
        """Have every request answered, here or elsewhere; why it was stopped where it was."""
        left, stop = dict(asked), None
        while left and stop is None:
            mine = self.cache.claim(list(left))
            try:
                self._take(left, sink)
                todo = {key: left.pop(key) for key in asked if key in mine and key in left}
                stop = call(todo) if todo else None
            finally:
                self.cache.release(mine)
            if left and stop is None:
                stop = self._wait(left, sink)
        return stop

    def _take(self, left: dict[str, Request], sink: Sink) -> int:
        """Take what was answered elsewhere out of what is left; how many."""
        found = self.cache.get(list(left))
        for key, completion in found.items():
            sink.found(key, left.pop(key), completion)
        return len(found)

    def _wait(self, left: dict[str, Request], sink: Sink) -> Stop | None:
        """Wait until all is answered, or nobody is asking for a part of it any more."""
        if not self.told:
            self.told = True
            self.tell(
                f"waiting for {len(left):,} replies that another run is asking for (with --no-cache"
                " a run asks for itself)"
            )
        with self.show("wait for what another run is asking", len(left)) as advance:
            while left:
                seconds = self.budget.left()
                if seconds is not None and seconds <= 0:
                    return self.budget.late()
                advance(self._take(left, sink))
                if not left or not self.cache.held(list(left)):
                    break
                time.sleep(POLL if seconds is None else min(POLL, seconds))
        return None
