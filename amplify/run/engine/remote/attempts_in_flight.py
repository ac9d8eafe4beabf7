"""The attempts that are under way: their cancellation, and what goes on in spite of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from amplify.contract.errors import PluginError
from amplify.run.engine.remote.call_queue import PendingCall
from amplify.run.engine.remote.event_loop import provider_fault
from amplify.run.engine.time_limits import IGNORES_CANCELLATION

if TYPE_CHECKING:
    from amplify.run.engine.remote.remote_calls import RemoteCalls


class AttemptsInFlight:
    """The tasks of the attempts that are under way, each with its call (`calls`).

    `cancelled` says that all of them were told to end.
    """

    def __init__(self, remote: RemoteCalls) -> None:
        self.remote = remote
        self.calls: dict[asyncio.Task[None], PendingCall] = {}
        self.cancelled = False

    def __len__(self) -> int:
        return len(self.calls)

    def cancel(self) -> None:
        """Cancel all attempts."""
        self.cancelled = True
        for task in self.calls:
            task.cancel()

    def oldest(self, now: float) -> float:
        """When the oldest attempt began; `now` where there is none."""
        return min((call.began for call in self.calls.values()), default=now)

    def abandon_overdue(self, now: float, most: float) -> PluginError | None:
        """Abandon the attempts that have taken `most` seconds; the error that there are any.

        They go on though they were cancelled before.
        """
        overdue = [(task, call) for task, call in self.calls.items() if now >= call.began + most]
        for task, _ in overdue:
            self._abandon(task)
        if not overdue:
            return None
        request = overdue[0][1].request
        provider, fault = self.remote.provider, IGNORES_CANCELLATION
        return provider_fault(provider, "answer", fault, request.item, request.arm)

    def abandon_all(self) -> None:
        """Abandon the attempts that go on though they were cancelled, and warn of the first."""
        if self.calls:
            request = next(iter(self.calls.values())).request
            self.remote.abandoned("answer", IGNORES_CANCELLATION, request.item, request.arm)
        for task in list(self.calls):
            self._abandon(task)

    def _abandon(self, task: asyncio.Task[None]) -> None:
        """Wait no more for an attempt; the service may charge for it."""
        call = self.calls.pop(task)
        call.abandoned = self.remote.has_abandoned = True
        self.remote.budget.end(call.reserved, None)
