"""The calls of a run to a service: what they share, from the first to the last."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping
from typing import TypeGuard

from amplify.contract.calls import Request
from amplify.contract.guard.calling import calling
from amplify.contract.provider import AsyncProvider
from amplify.run.cost.token_counts import about_tokens, most_output
from amplify.run.engine.budget import Budget
from amplify.run.engine.outcome_writer import Deliver
from amplify.run.engine.remote.concurrency_window import ConcurrencyWindow
from amplify.run.engine.remote.dispatch import Dispatch
from amplify.run.engine.remote.event_loop import (
    is_loop_running,
    log_stray_failure,
    new_runner,
    provider_fault,
    run_in_loop,
)
from amplify.run.engine.remote.pacing import Pacing
from amplify.run.engine.remote.retry_policy import RetryPolicy
from amplify.run.engine.scrub import Clean
from amplify.run.engine.stop_reason import KEPT, StopReason
from amplify.run.engine.time_limits import close_in_time
from amplify.run.plan.sections import CallsSection
from amplify.run.store.attempts import Attempts


def is_remote(provider: object) -> TypeGuard[AsyncProvider]:
    """Whether the engine drives the provider, one attempt at a time."""
    return hasattr(provider, "answer")


def most_calls(provider: object, request: Request) -> int:
    """The most calls that the request takes."""
    return 2 if request.answer == "complete" and may_take_two_calls(provider) else 1


def may_take_two_calls(provider: object) -> bool:
    """Whether a label behind what is written may be asked for by a call of its own: by a service.

    Batches are of requests that take one call.
    """
    return is_remote(provider) and not provider.batch


class RemoteCalls:
    """Calls an asynchronous provider; lives as long as the run, so that connections are kept.

    `window`, `pacing` and `retries` hold what was learnt of the service; `warm` are the shared
    blocks in its prompt cache. `has_abandoned` says that something of the provider's goes on though
    it was told to end.
    """

    def __init__(
        self,
        provider: AsyncProvider,
        settings: CallsSection,
        budget: Budget,
        name: str,
        attempts: Attempts,
        clean: Clean,
        warn: Callable[[str], None],
    ) -> None:
        """`name` is what errors call the provider; `attempts` keeps each attempt on disk; `clean`
        takes keys out of failures; `warn` is told of what the provider does not end."""
        self.provider = provider
        self.settings = settings
        self.budget = budget
        self.name = name
        self.attempts = attempts
        self.clean = clean
        self.warn = warn
        self.window = ConcurrencyWindow(settings.concurrency)
        self.pacing = Pacing(settings.requests_per_minute, settings.tokens_per_minute)
        self.retries = RetryPolicy(settings, self.window, self.pacing)
        self.warm: set[str] = set()
        self.runner = new_runner()
        self.has_abandoned = False

    def ask(self, requests: Mapping[str, Request], deliver: Deliver) -> StopReason | None:
        """Call for each request (by key) until it is answered or has failed for good.

        `deliver` is called once for each key that has an outcome. Returns why the run makes no
        further calls, None where it may. Raises PluginError where the provider breaks its contract.
        """
        self.runner.get_loop().set_exception_handler(log_stray_failure)
        work = Dispatch(self, requests, deliver).run()
        # What is in memory by now stays there: looking at it in each collection takes long.
        gc.freeze()
        try:
            return run_in_loop(self.runner, work, self.provider, "answer")
        finally:
            gc.unfreeze()

    def about_tokens(self, request: Request) -> int:
        """About how many tokens a service with a token limit counts for a call."""
        with calling(self.name, hint=KEPT):
            prompt = about_tokens(self.provider, request.prompt)
            return prompt + most_output(self.provider, request)

    def close(self) -> None:
        """Close the provider's connections and the loop; what does not close is abandoned."""
        fault = close_in_time(self._close, self.runner.close, wait=not self.has_abandoned)
        if not is_loop_running():
            asyncio.set_event_loop(None)
        if fault:
            self.abandoned("close", fault)

    def _close(self) -> None:
        with calling(self.name):
            run_in_loop(self.runner, self.provider.close(), self.provider, "close")

    def abandoned(self, method: str, fault: str, item: str = "", arm: str = "") -> None:
        """Warn that nobody waits any more for a method of the provider, and why (`fault`).

        `item` and `arm` name the request that it was called for.
        """
        self.has_abandoned = True
        error = provider_fault(self.provider, method, fault, item, arm)
        place = error.hint.partition(";")[0]
        self.warn(f"{error.where}: {error.message} ({place}); it is left alone")
