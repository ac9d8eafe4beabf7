"""Dispatches calls to a service: each goes as soon as window, pacing, caps and retries allow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from amplify.contract.calls import Completion, Request
from amplify.contract.provider import Reply
from amplify.run.engine.outcome_writer import Deliver
from amplify.run.engine.remote.attempt import attempt
from amplify.run.engine.remote.attempts_in_flight import AttemptsInFlight
from amplify.run.engine.remote.call_queue import CallQueue, PendingCall
from amplify.run.engine.remote.event_loop import CANCELS_TASKS, provider_fault
from amplify.run.engine.stop_reason import StopReason
from amplify.run.engine.time_limits import GRACE

if TYPE_CHECKING:
    from amplify.run.engine.remote.remote_calls import RemoteCalls


class Dispatch:
    """Calls a service for one list of requests.

    Everything goes on from `launch_ready`, which is called whenever something that calls wait for
    has come: a reply, a time, a free place.
    """

    def __init__(
        self, remote: RemoteCalls, requests: Mapping[str, Request], deliver: Deliver
    ) -> None:
        """`requests` are those to answer, by key; `deliver` is called with each outcome."""
        self.remote = remote
        self.deliver = deliver
        self.limit = remote.provider.limit
        calls = [PendingCall(0.0, number, *item) for number, item in enumerate(requests.items())]
        self.queue = CallQueue(calls, remote.provider.warms, remote.warm)
        self.in_flight = AttemptsInFlight(remote)
        self.stop: StopReason | None = None
        self.error: BaseException | None = None
        self.wake: asyncio.TimerHandle | None = None
        self.deadline: asyncio.TimerHandle | None = None
        self.overdue: asyncio.TimerHandle | None = None

    async def run(self) -> StopReason | None:
        """Call until every request is answered or has failed; why no further calls are made, where
        the run was stopped before."""
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self.loop.create_future()
        seconds = self.remote.budget.seconds_left()
        if seconds is not None:
            self.deadline = self.loop.call_later(max(0.0, seconds), self._time_is_up)
        self._check_overdue()
        try:
            self.launch_ready()
            await self.done
        finally:
            for timer in (self.wake, self.deadline, self.overdue):
                if timer is not None:
                    timer.cancel()
            self.in_flight.cancel()
            if self.in_flight:
                await asyncio.wait(list(self.in_flight.calls), timeout=GRACE)
                self._abandon_all()
        return self.stop

    def launch_ready(self) -> None:
        """Launch the calls that may go now; end where there is nothing left to wait for.

        An error (a bug of the provider, a full disk) ends the dispatch once all attempts in flight
        have come back: they are paid for.
        """
        if self.done.done():
            return
        try:
            if self.stop is None and self.error is None:
                self._launch_ready()
        except Exception as error:  # noqa: BLE001  # raised where `done` is awaited
            self.error = error
        if self.in_flight:
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        elif self.stop is not None or not self.queue:
            self.done.set_result(None)

    def _launch_ready(self) -> None:
        remote, now = self.remote, self.loop.time()
        while self.stop is None and len(self.in_flight) < int(remote.window.size):
            ready = remote.pacing.next_launch(now)
            if ready > now:
                self._wake_at(ready)
                break
            call = self.queue.next(now)
            if call is None:
                retry = self.queue.next_retry()
                if retry is not None:
                    self._wake_at(retry)
                break
            if not self._may_go(call, now):
                self.queue.put_back(call)
                break
            self._launch(call, now)

    def _wake_at(self, time: float) -> None:
        if self.wake is not None:
            self.wake.cancel()
        self.wake = self.loop.call_at(time, self.launch_ready)

    def _may_go(self, call: PendingCall, now: float) -> bool:
        """Whether rate limits and caps let the call go; a cap that is reached stops the run."""
        remote = self.remote
        if not call.tokens and remote.pacing.tokens is not None:
            call.tokens = remote.about_tokens(call.request)
        if self.in_flight and not remote.pacing.fits(call.tokens, now):
            return False
        call.reserved = remote.budget.reservation(call.request)
        clearance = remote.budget.clearance(call.reserved)
        if isinstance(clearance, StopReason):
            self._halt(clearance)
        return clearance == "go"

    def _launch(self, call: PendingCall, now: float) -> None:
        remote = self.remote
        remote.pacing.launched(call.tokens, remote.window.size, now)
        # On disk first: the attempt counts whatever becomes of this process.
        remote.attempts.sent(call.key, remote.budget.known(call.reserved))
        remote.budget.begin(call.reserved)
        call.attempts += 1
        call.began = now
        task = self.loop.create_task(self._attempt(call))
        self.in_flight.calls[task] = call
        task.add_done_callback(self._ended)

    async def _attempt(self, call: PendingCall) -> None:
        reply = await attempt(self.remote, call, self.limit, self._halt)
        if reply is not None:
            self._take(call, reply)

    def _take(self, call: PendingCall, reply: Reply) -> None:
        """Deliver the outcome of an attempt, or have the call tried again."""
        remote, now, outcome = self.remote, self.loop.time(), reply.outcome
        if reply.limits is not None:
            remote.pacing.heed(reply.limits, now)
        if isinstance(outcome, Completion):
            remote.pacing.gap.answered(now - call.began)
            prompt, answer = outcome.usage.input, outcome.usage.output
            if prompt is not None and answer is not None:
                remote.pacing.correct(call.tokens, prompt + answer)
            remote.retries.answered()
        else:
            decision = remote.retries.after(call, outcome, now, self.stop is not None)
            if decision.stop is not None:
                self._halt(decision.stop)
            if decision.retry_at is not None:
                self.queue.retry_at(call, decision.retry_at)
                return
        self.queue.finished(call)
        self.deliver(call.key, outcome, call.attempts)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """The task of an attempt has ended: it was answered, failed, raised or was cancelled."""
        call = self.in_flight.calls.pop(task, None)
        error = None if task.cancelled() else task.exception()
        if call is None:  # it was abandoned
            return
        if task.cancelled() and not self.in_flight.cancelled:
            request, provider = call.request, self.remote.provider
            error = provider_fault(provider, "answer", CANCELS_TASKS, request.item, request.arm)
        # The first of several errors is raised; asyncio would log those that nobody retrieves.
        self.error = self.error or error
        self.launch_ready()

    def _halt(self, stop: StopReason) -> None:
        """Make no further calls; those in flight may still be answered."""
        self.stop = self.stop or stop

    def _time_is_up(self) -> None:
        """Make no further calls, and wait no longer for those in flight."""
        self._halt(self.remote.budget.time_is_up())
        self.in_flight.cancel()
        self.deadline = self.loop.call_later(GRACE, self._abandon_all)
        self.launch_ready()

    def _abandon_all(self) -> None:
        self.in_flight.abandon_all()
        self.launch_ready()

    def _check_overdue(self) -> None:
        """End with an error where an attempt goes on though its time is up and it was cancelled."""
        now, most = self.loop.time(), self.remote.settings.timeout + GRACE
        error = self.in_flight.abandon_overdue(now, most)
        if error is not None:
            self.error = self.error or error
            self.launch_ready()
        self.overdue = self.loop.call_at(self.in_flight.oldest(now) + most, self._check_overdue)
