"""Drives an asynchronous provider: one loop, one window, one gate for all calls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.guard.calling import calling
from amplify.contract.guard.secret import scrubbed
from amplify.contract.guard.visible import visible
from amplify.contract.provider import AsyncProvider, Reply
from amplify.kit.further import counts
from amplify.run.cost.token_counts import about_tokens, most_output
from amplify.run.cost.usage import believable
from amplify.run.engine.budget import Budget, charged
from amplify.run.engine.patience import GRACE, SWALLOWS, closes
from amplify.run.engine.remote.event_loop import CANCELLED, blamed, running
from amplify.run.engine.remote.jobs import Job, Jobs
from amplify.run.engine.remote.outage import STREAK, Trouble
from amplify.run.engine.remote.pace import Pace
from amplify.run.engine.remote.window import Window
from amplify.run.engine.scrub import Clean
from amplify.run.engine.settle import Settle
from amplify.run.engine.stop import KEPT, Stop
from amplify.run.plan.plan import CallsSection
from amplify.run.store.attempts import Attempts

MOST_REFUSALS = 20
"""Attempts after which a call that is always refused for a limit counts as failing."""


def is_remote(provider: object) -> TypeGuard[AsyncProvider]:
    """Whether the engine drives the provider, one attempt at a time."""
    return hasattr(provider, "answer")


def _stray(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Tell in a line of a task of a provider's own that failed, and nobody waited for."""
    told = f"{context.get('message', '')}: {context.get('exception')!r}"
    logging.getLogger(__name__).error("%s", visible(scrubbed(told)))


class Remote:
    """Asks an asynchronous provider; lives as long as the run, so that connections are kept."""

    def __init__(
        self,
        provider: AsyncProvider,
        calls: CallsSection,
        budget: Budget,
        name: str,
        attempts: Attempts,
        clean: Clean = lambda outcome: outcome,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        """`tell` is told of what the provider goes on with though it was to end it."""
        self.provider = provider
        self.tell = tell
        self.attempts = attempts
        self.clean = clean
        self.calls = calls
        self.budget = budget
        self.name = name
        self.window = Window(calls.concurrency)
        self.pace = Pace(calls.requests_per_minute, calls.tokens_per_minute)
        self.trouble = Trouble(max(5, calls.retries + 1), calls.backoff)
        self.warm: set[str] = set()
        self.runner = asyncio.Runner()
        self.left = False

    def ask(self, asked: Mapping[str, Request], settle: Settle) -> Stop | None:
        """Have every request answered or given up; why it was stopped where it was.

        `settle` is called once for each key that has an outcome. Raises PluginError where the
        provider breaks its contract.
        """
        self.runner.get_loop().set_exception_handler(_stray)
        work = _Phase(self, asked, settle).run()
        return running(self.runner, work, self.provider, "answer")

    def about(self, request: Request) -> int:
        """About how many tokens a service that limits them expects a call to take."""
        with calling(self.name, hint=KEPT):
            prompt = about_tokens(self.provider, request.prompt)
            return prompt + most_output(self.provider, request)

    def close(self) -> None:
        """Close the provider's connections and the loop; what does not close is left alone."""
        what = closes(self._close, self.runner.close, wait=not self.left)
        asyncio.set_event_loop(None)
        if what:
            self.tell_left("close", what)

    def _close(self) -> None:
        with calling(self.name):
            running(self.runner, self.provider.close(), self.provider, "close")

    def tell_left(self, method: str, what: str, item: str = "", arm: str = "") -> None:
        """Tell what the provider does in a method, and that nobody waits for it any more."""
        self.left = True
        error = blamed(self.provider, method, what, item, arm)
        at = error.hint.partition(";")[0]
        self.tell(f"{error.where}: {error.message} ({at}); it is left alone")


class _Phase:
    """One list of requests: everything happens in `pump`, which whatever ends a wait calls."""

    def __init__(self, remote: Remote, asked: Mapping[str, Request], settle: Settle) -> None:
        self.remote = remote
        self.settle = settle
        self.limit = remote.provider.limit
        jobs = [Job(0.0, number, key, asked[key]) for number, key in enumerate(asked)]
        self.jobs = Jobs(jobs, remote.provider.warms, remote.warm)
        self.flying: dict[asyncio.Task[None], Job] = {}
        self.ended = False
        self.stop: Stop | None = None
        self.error: BaseException | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.alarm: asyncio.TimerHandle | None = None
        self.look: asyncio.TimerHandle | None = None

    async def run(self) -> Stop | None:
        self.loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = self.loop.create_future()
        left = self.remote.budget.left()
        if left is not None:
            self.alarm = self.loop.call_later(max(0.0, left), self.time_is_up)
        self.look_again()
        try:
            self.pump()
            await self.over
        finally:
            for handle in (self.timer, self.alarm, self.look):
                if handle is not None:
                    handle.cancel()
            self.end()
            if self.flying:
                await asyncio.wait(list(self.flying), timeout=GRACE)
                self.leave_all()
        return self.stop

    def pump(self) -> None:
        """Let go what may go now, until all is done: then the phase is over.

        What fails on the way (a bug of the provider, a full disk) ends the phase, once what is in
        flight has come back: it is paid for.
        """
        if self.over.done():
            return
        try:
            if self.stop is None and self.error is None:
                self.let_go()
        except Exception as error:  # noqa: BLE001  # raised where the phase is awaited
            self.error = error
        if self.flying:
            return
        if self.error is not None:
            self.over.set_exception(self.error)
        elif self.stop is not None or not self.jobs:
            self.over.set_result(None)

    def let_go(self) -> None:
        """Let go what may go now; else see to it that this is called again in time."""
        remote, now = self.remote, self.loop.time()
        while self.stop is None and len(self.flying) < int(remote.window.size):
            ready = remote.pace.ready(now)
            if ready > now:
                self.wake_at(ready)
                break
            job = self.jobs.next(now)
            if job is None:
                due = self.jobs.due()
                if due is not None:
                    self.wake_at(due)
                break
            if not self.admit(job, now):
                self.jobs.put_back(job)
                break
            self.launch(job, now)

    def admit(self, job: Job, now: float) -> bool:
        """Whether headers and caps let the job go; a cap that does not stops the run."""
        remote = self.remote
        if not job.tokens and remote.pace.tokens is not None:
            job.tokens = remote.about(job.request)
        if self.flying and not remote.pace.room(job.tokens, now):
            return False
        job.hold = remote.budget.hold(job.request)
        verdict = remote.budget.admit(job.hold)
        if isinstance(verdict, Stop):
            self.halt(verdict)
        return verdict == "go"

    def launch(self, job: Job, now: float) -> None:
        self.remote.pace.take(job.tokens, self.remote.window.size, now)
        # On disk first: whatever becomes of this process, the attempt counts.
        self.remote.attempts.sent(job.key, job.hold if self.remote.budget.counts else None)
        self.remote.budget.begin(job.hold)
        job.sent += 1
        job.began = now
        task = self.loop.create_task(self.attempt(job))
        self.flying[task] = job
        task.add_done_callback(self.landed)

    def landed(self, task: asyncio.Task[None]) -> None:
        job = self.flying.pop(task, None)
        error = None if task.cancelled() else task.exception()
        if job is None:  # it was left alone
            return
        if task.cancelled() and not self.ended:
            request = job.request
            told = (CANCELLED, request.item, request.arm)
            error = blamed(self.remote.provider, "answer", *told)
        # Of several that fail the first is told; asyncio would print what nobody retrieves.
        self.error = self.error or error
        self.pump()

    async def attempt(self, job: Job) -> None:
        """One attempt, with a deadline: a library's time-out may be one for each read."""
        remote, began = self.remote, self.loop.time()
        outcome: Completion | Failure | None = None
        counts.set(lambda: self.again(job))
        try:
            try:
                async with asyncio.timeout(remote.calls.timeout):
                    reply = await remote.provider.answer(job.request)
            except TimeoutError:
                told = f"no whole reply within {remote.calls.timeout:g} s"
                reply = Reply(Failure("timeout", told, retry=True))
            outcome = reply.outcome
            if isinstance(outcome, Completion):
                outcome = believable(outcome, self.limit)
            else:
                outcome = remote.clean(outcome)
        finally:
            if not job.left:
                remote.budget.end(job.hold, outcome)
                if isinstance(outcome, Failure):
                    remote.attempts.failed(job.key, outcome.kind, charged(outcome))
        if job.left:
            return
        if reply.limits is not None:
            remote.pace.heed(reply.limits, self.loop.time())
        if isinstance(outcome, Completion):
            remote.pace.spread.took(self.loop.time() - began)
            self.answered(job, outcome)
        else:
            self.failed(job, outcome, began)

    def again(self, job: Job) -> bool:
        """Count one more request of an attempt, the last of which was refused or redirected."""
        remote = self.remote
        if job.left:
            return False
        stop = remote.budget.further()
        if stop is not None:
            self.halt(stop)
            return False
        remote.attempts.failed(job.key, "bad-request", False)
        remote.attempts.sent(job.key, job.hold if remote.budget.counts else None)
        remote.pace.take(0.0, remote.window.size, self.loop.time())
        job.sent += 1
        return True

    def answered(self, job: Job, outcome: Completion) -> None:
        remote = self.remote
        used = (outcome.usage.input, outcome.usage.output)
        if None not in used:
            remote.pace.correct(job.tokens, sum(n for n in used if n is not None))
        remote.trouble.answered()
        remote.window.answered()
        self.finish(job, outcome)

    def failed(self, job: Job, failure: Failure, began: float) -> None:
        """Decide what a failed attempt means: for this call, and for all others."""
        now, calls = self.loop.time(), self.remote.calls
        after = failure.retry_after or 0.0
        if failure.kind in ("auth", "not-found", "quota"):
            self.halt(Stop(failure.kind, failure.message))
        elif failure.retry and after > calls.max_pause:
            told = f"the server asks to wait for {after:,.0f} s, longer than max_pause"
            self.halt(Stop("quota", f"{told}: {failure.message}"))
        else:
            self.weigh(job, failure, began)
            return
        self.jobs.later(job, now)

    def weigh(self, job: Job, failure: Failure, began: float) -> None:
        """Have a call that failed tried again, or give it up."""
        remote, now, calls = self.remote, self.loop.time(), self.remote.calls
        trouble = remote.trouble
        fresh = trouble.fresh(began)
        if fresh:
            self.judge(failure, now)
        # What a call that was in flight when the service went down tells, is known already.
        echo = not fresh and remote.window.probing
        limited = failure.kind == "rate-limit" and job.sent < MOST_REFUSALS
        wait = 0.0
        if not failure.retry or not calls.retries or not (echo or limited):
            job.tries += 1
            wait = max(trouble.wait(job.tries), min(failure.retry_after or 0.0, calls.max_pause))
        if trouble.hopeless:
            count = trouble.refused or trouble.failed
            told = f"{count} attempts in a row got no answer"
            self.halt(Stop("breaker", f"{told}; the last: {failure.message}", failure.kind))
        if failure.retry and (self.stop is not None or job.tries <= calls.retries):
            self.jobs.later(job, now + wait)
        else:
            self.finish(job, failure)

    def judge(self, failure: Failure, now: float) -> None:
        """What a failed attempt says of the service: a limit, an outage, or nothing."""
        remote = self.remote
        trouble, window = remote.trouble, remote.window
        after = min(failure.retry_after or 0.0, remote.calls.max_pause)
        if failure.kind == "rate-limit":
            remote.pace.gate.pause(now + max(after, trouble.refusal(now)))
            window.refused()
            return
        trouble.streak += 1
        if after:
            remote.pace.gate.pause(now + after)
        if window.probing or trouble.streak >= STREAK:
            remote.pace.gate.pause(now + max(after, trouble.failure(now)))
            window.collapse()

    def finish(self, job: Job, outcome: Completion | Failure) -> None:
        self.jobs.done(job)
        self.settle(job.key, outcome, job.sent)

    def halt(self, stop: Stop) -> None:
        """Ask no more; what is in flight may still be answered."""
        self.stop = self.stop or stop

    def wake_at(self, when: float) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = self.loop.call_at(when, self.pump)

    def time_is_up(self) -> None:
        """Ask no more, and wait for nothing."""
        self.halt(self.remote.budget.late())
        self.end()
        self.alarm = self.loop.call_later(GRACE, self.leave_all)
        self.pump()

    def end(self) -> None:
        """Cancel what is in flight."""
        self.ended = True
        for task in self.flying:
            task.cancel()

    def look_again(self) -> None:
        """End the phase where an attempt goes on though its time is up and it was cancelled."""
        now, most = self.loop.time(), self.remote.calls.timeout + GRACE
        late = [(task, job) for task, job in self.flying.items() if now >= job.began + most]
        for task, job in late:
            told = (SWALLOWS, job.request.item, job.request.arm)
            self.error = self.error or blamed(self.remote.provider, "answer", *told)
            self.leave(task)
        if late:
            self.pump()
        first = min((job.began for job in self.flying.values()), default=now)
        self.look = self.loop.call_at(first + most, self.look_again)

    def leave_all(self) -> None:
        """Wait no more for what goes on though it was cancelled, and tell of the first."""
        for number, (task, job) in enumerate(list(self.flying.items())):
            if not number:
                self.remote.tell_left("answer", SWALLOWS, job.request.item, job.request.arm)
            self.leave(task)
        self.pump()

    def leave(self, task: asyncio.Task[None]) -> None:
        """Wait no more for an attempt; it may have been charged for."""
        job = self.flying.pop(task)
        job.left = self.remote.left = True
        self.remote.budget.end(job.hold, None)
