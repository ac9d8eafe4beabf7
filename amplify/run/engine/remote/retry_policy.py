"""What follows a failed attempt: a retry, the failure of the call, or the end of the run."""

from __future__ import annotations

from dataclasses import dataclass

from amplify.contract.calls import Failure
from amplify.run.engine.remote.call_queue import PendingCall
from amplify.run.engine.remote.concurrency_window import ConcurrencyWindow
from amplify.run.engine.remote.outage import STREAK, Outage
from amplify.run.engine.remote.pacing import Pacing
from amplify.run.engine.stop_reason import StopReason
from amplify.run.plan.sections import CallsSection

FATAL = ("auth", "not-found", "quota")
"""Kinds of failure that every further call would meet too."""

MOST_REFUSALS = 20
"""Attempts after which a call that is always refused for a rate limit counts as failing."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows a failed attempt: the time of the next one (None: the call has failed for good),
    and why the run makes no further calls, where it does not."""

    retry_at: float | None
    stop: StopReason | None = None


class RetryPolicy:
    """Classifies failed attempts; what they show of the service slows down all calls.

    `calls` is the plan's section with the retries and waits; `window` and `pacing` are those of all
    calls of the run.
    """

    def __init__(self, calls: CallsSection, window: ConcurrencyWindow, pacing: Pacing) -> None:
        self.calls = calls
        self.window = window
        self.pacing = pacing
        self.outage = Outage(max(5, calls.retries + 1), calls.backoff)

    def answered(self) -> None:
        """A call was answered: the service is up."""
        self.outage.answered()
        self.window.answered()

    def after(self, call: PendingCall, failure: Failure, now: float, stopped: bool) -> Decision:
        """What follows the failure of the call's last attempt; `stopped`: the run stops already.

        A call that could be tried again has not failed for good where the run stops.
        """
        requested = failure.retry_after or 0.0
        if failure.kind in FATAL:
            return Decision(now, StopReason(failure.kind, failure.message))
        if failure.retry and requested > self.calls.max_pause:
            message = f"the server asks to wait for {requested:,.0f} s, longer than max_pause"
            return Decision(now, StopReason("quota", f"{message}: {failure.message}"))
        wait, stop = self._wait(call, failure, now), self._lasting_outage(failure)
        stopped = stopped or stop is not None
        retried = failure.retry and (stopped or call.failures <= self.calls.retries)
        return Decision(now + wait if retried else None, stop)

    def _wait(self, call: PendingCall, failure: Failure, now: float) -> float:
        """The seconds before the call's own next attempt; 0 where only the pause of all counts."""
        news = self.outage.is_news(call.began)
        if news:
            self._learn(failure, now)
        # The failure of a call that was in flight when the service went down is no news.
        repeats = not news and self.window.probing
        limited = failure.kind == "rate-limit" and call.attempts < MOST_REFUSALS
        if failure.retry and self.calls.retries and (repeats or limited):
            return 0.0
        call.failures += 1
        return max(self.outage.retry_wait(call.failures), self._requested(failure))

    def _learn(self, failure: Failure, now: float) -> None:
        """Slow all calls down for a rate limit or an outage that a failure shows."""
        pacing, requested = self.pacing, self._requested(failure)
        if failure.kind == "rate-limit":
            pacing.pause(now + max(requested, self.outage.refused(now)))
            self.window.refused()
            return
        self.outage.streak += 1
        if requested:
            pacing.pause(now + requested)
        if self.window.probing or self.outage.streak >= STREAK:
            pacing.pause(now + max(requested, self.outage.failed(now)))
            self.window.collapse()

    def _requested(self, failure: Failure) -> float:
        """The wait that the server asks for, as far as the plan allows it."""
        return min(failure.retry_after or 0.0, self.calls.max_pause)

    def _lasting_outage(self, failure: Failure) -> StopReason | None:
        outage = self.outage
        if not outage.is_lasting:
            return None
        message = f"{outage.refusals or outage.failures} attempts in a row got no answer"
        return StopReason("breaker", f"{message}; the last: {failure.message}", failure.kind)
