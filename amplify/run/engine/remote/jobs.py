"""The requests that are still to be answered, in the order in which they may go."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from amplify.contract.calls import Request
from amplify.contract.provider import MostTokens
from amplify.run.engine.budget import NOTHING


@dataclass(order=True)
class Job:
    """A request on its way. `tries` counts the attempts that failed, `sent` all that were made.

    `began` is when the last of them did; `left` says that it goes on though it was cancelled, and
    that nobody waits for it any more.
    """

    due: float
    number: int
    key: str = field(compare=False)
    request: Request = field(compare=False)
    tries: int = field(default=0, compare=False)
    sent: int = field(default=0, compare=False)
    tokens: float = field(default=0.0, compare=False)
    hold: MostTokens = field(default=NOTHING, compare=False)
    began: float = field(default=0.0, compare=False)
    left: bool = field(default=False, compare=False)


class Jobs:
    """What waits: fresh requests, those to try again at a time, and those behind a first one.

    They go in the order of their numbers. With `warms`, the first request of each shared block goes
    alone: once it is answered the block is in the service's cache, and the others find it there,
    and come before those of higher numbers.
    """

    def __init__(self, jobs: Iterable[Job], warms: bool, warm: set[str]) -> None:
        self.fresh = [(job.number, job) for job in jobs]
        heapq.heapify(self.fresh)
        self.again: list[Job] = []
        self.behind: dict[str, list[Job]] = defaultdict(list)
        self.warms = warms
        self.warm = warm
        self.first: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.fresh) + len(self.again) + sum(map(len, self.behind.values()))

    def next(self, now: float) -> Job | None:
        """The next one that may go, None where none may now; those due again come first."""
        while True:
            if self.again and self.again[0].due <= now:
                job = heapq.heappop(self.again)
            elif self.fresh:
                job = heapq.heappop(self.fresh)[1]
            else:
                return None
            block = job.request.prompt.shared
            if not self.warms or not block or block in self.warm:
                return job
            if self.first.setdefault(block, job.number) == job.number:
                return job
            self.behind[block].append(job)

    def put_back(self, job: Job) -> None:
        """It could not go after all, and waits as before."""
        heapq.heappush(self.fresh, (job.number, job))

    def later(self, job: Job, due: float) -> None:
        """It is to be tried again at that time."""
        job.due = due
        heapq.heappush(self.again, job)

    def due(self) -> float | None:
        """When the next of those to be tried again is due."""
        return self.again[0].due if self.again else None

    def done(self, job: Job) -> None:
        """It is over; those behind it may go."""
        block = job.request.prompt.shared
        if self.warms and self.first.get(block) == job.number:
            self.warm.add(block)
            for behind in self.behind.pop(block, []):
                heapq.heappush(self.fresh, (behind.number, behind))

    def rest(self) -> list[Job]:
        """All that wait, taken out."""
        fresh = [job for _, job in self.fresh]
        left = [*fresh, *self.again, *(job for jobs in self.behind.values() for job in jobs)]
        self.fresh.clear()
        self.again.clear()
        self.behind.clear()
        return left
