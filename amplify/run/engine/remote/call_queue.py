"""The calls that wait for an attempt, in the order in which they may go."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from amplify.contract.calls import Request
from amplify.contract.provider import MostTokens
from amplify.run.engine.budget import NO_TOKENS


@dataclass(order=True)
class PendingCall:
    """A call that has no outcome yet.

    It is not tried again before `due`; `number` is its place among the requests. `attempts` counts
    all its attempts, `failures` those that count as failed. A call takes about `tokens`, and at
    most `reserved` while an attempt is under way, which began at `began`. `abandoned` says that
    the attempt goes on though it was cancelled, and that nobody waits for it any more.
    """

    due: float
    number: int
    key: str = field(compare=False)
    request: Request = field(compare=False)
    failures: int = field(default=0, compare=False)
    attempts: int = field(default=0, compare=False)
    tokens: float = field(default=0.0, compare=False)
    reserved: MostTokens = field(default=NO_TOKENS, compare=False)
    began: float = field(default=0.0, compare=False)
    abandoned: bool = field(default=False, compare=False)


class CallQueue:
    """New calls, calls to try again at a time, and calls that wait for another one's prompt cache.

    Calls go in the order of their numbers. With `warms`, the first call of each shared block goes
    alone. Once it is answered, the block is in the service's cache (and in `warm`): the other calls
    of the block find it there, and go before calls of higher numbers.
    """

    def __init__(self, calls: Iterable[PendingCall], warms: bool, warm: set[str]) -> None:
        self.new = [(call.number, call) for call in calls]
        heapq.heapify(self.new)
        self.retries: list[PendingCall] = []
        self.cold: dict[str, list[PendingCall]] = defaultdict(list)
        self.warms = warms
        self.warm = warm
        self.first: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.new) + len(self.retries) + sum(map(len, self.cold.values()))

    def next(self, now: float) -> PendingCall | None:
        """Take out the next call that may go now, None where none may; retries come first."""
        while True:
            if self.retries and self.retries[0].due <= now:
                call = heapq.heappop(self.retries)
            elif self.new:
                call = heapq.heappop(self.new)[1]
            else:
                return None
            block = call.request.prompt.shared
            if not self.warms or not block or block in self.warm:
                return call
            if self.first.setdefault(block, call.number) == call.number:
                return call
            self.cold[block].append(call)

    def put_back(self, call: PendingCall) -> None:
        """Put a call back that was taken out and could not go."""
        heapq.heappush(self.new, (call.number, call))

    def retry_at(self, call: PendingCall, due: float) -> None:
        """Have a call tried again at that time."""
        call.due = due
        heapq.heappush(self.retries, call)

    def next_retry(self) -> float | None:
        """The time of the next retry, None where there is none."""
        return self.retries[0].due if self.retries else None

    def finished(self, call: PendingCall) -> None:
        """A call has its outcome: the calls that waited for its shared block may go."""
        block = call.request.prompt.shared
        if self.warms and self.first.get(block) == call.number:
            self.warm.add(block)
            for waiting in self.cold.pop(block, []):
                self.put_back(waiting)
