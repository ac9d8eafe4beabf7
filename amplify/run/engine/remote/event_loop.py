"""Runs a provider's coroutines in an event loop, and names a provider that spoils the loop."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import threading
from collections.abc import Coroutine
from concurrent.futures import Future, wait
from typing import Any, TypeVar, cast

from amplify.contract.errors import InterruptedAgain, PluginError
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.checked import Checked
from amplify.contract.guard.secret import scrubbed
from amplify.contract.guard.visible import visible
from amplify.contract.provider import AsyncProvider
from amplify.run.engine.checked_provider import checked_provider

T = TypeVar("T")

CANCELS_TASKS = "cancels a task of amplify's"

LOOP_STOPPED = "Event loop stopped"
"""How asyncio's error begins where a loop was stopped before its work was done."""


START = 1.0
"""Seconds that a thread has to start in which an interrupted loop is to run."""


def is_loop_running() -> bool:
    """Whether an event loop runs in this thread, as in a notebook or an asynchronous program."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


class RunnerBesideLoop:
    """A runner for a thread in which another event loop runs: its own has a thread beside it.

    The thread that calls `run` waits. An interrupt that it gets there ends the work as it does in
    a runner of the main thread: first the work is cancelled, and then KeyboardInterrupt is raised.
    """

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The event loop."""
        return self._runner.get_loop()

    def run(self, coro: Coroutine[Any, Any, T]) -> T:
        """The result of the coroutine."""
        if not is_loop_running():  # it is closed by a thread of its own
            return self._runner.run(coro)
        outcome: Future[T] = Future()
        context = contextvars.copy_context()
        work = self.get_loop().create_task(coro, context=context)
        thread = threading.Thread(
            target=_settle, args=(outcome, self._runner, work, context), name="amplify-loop"
        )
        try:
            thread.start()
            return outcome.result()
        except KeyboardInterrupt:
            self.get_loop().call_soon_threadsafe(work.cancel)
            # An interrupt that comes while the thread starts may keep it from running at all.
            wait([outcome], timeout=None if thread.ident is not None else START)
            raise

    def close(self) -> None:
        """Close the event loop; no other may be running in this thread."""
        self._runner.close()


Runner = asyncio.Runner | RunnerBesideLoop


def _settle(
    outcome: Future[T],
    runner: asyncio.Runner,
    work: asyncio.Task[T],
    context: contextvars.Context,
) -> None:
    """Run the work, whose result or error is the outcome's."""
    try:
        outcome.set_result(runner.run(_result_of(work), context=context))
    except BaseException as error:  # noqa: BLE001  # raised where it is waited for
        outcome.set_exception(error)


async def _result_of(work: asyncio.Task[T]) -> T:
    return await work


def new_runner() -> Runner:
    """A runner for this thread, whether or not an event loop runs in it already."""
    return RunnerBesideLoop() if is_loop_running() else asyncio.Runner()


def run_in_loop(
    runner: Runner, work: Coroutine[Any, Any, T], provider: AsyncProvider, method: str
) -> T:
    """The result of `work`, which calls this method of the provider.

    The user's interrupt leaves as a KeyboardInterrupt, a second one that comes before the work has
    ended as an InterruptedAgain. A loop that ends in any other way was ended by the provider, and
    a PluginError says so.
    """
    ended = False

    async def noting_the_end() -> T:
        nonlocal ended
        try:
            return await work
        finally:
            ended = True

    try:
        return runner.run(noting_the_end())
    except KeyboardInterrupt:
        if ended:
            raise
        raise InterruptedAgain from None
    except asyncio.CancelledError as error:
        raise provider_fault(provider, method, CANCELS_TASKS) from error
    except RuntimeError as error:
        if not str(error).startswith(LOOP_STOPPED):
            raise
        raise provider_fault(provider, method, "stops amplify's event loop") from error
    except (SystemExit, GeneratorExit) as error:
        with _checked(provider).guard(method):
            raise error


def provider_fault(
    provider: AsyncProvider, method: str, fault: str, item: str = "", arm: str = ""
) -> PluginError:
    """The error that a method of the provider does something wrong (`fault`, in words).

    `item` and `arm` name the request that it was called for.
    """
    try:
        with _checked(provider).guard(method, item=item, arm=arm):
            raise Wrong(fault)
    except PluginError as error:
        return error


def log_stray_failure(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log in one line that a task which nobody waits for has failed: an exception handler."""
    line = f"{context.get('message', '')}: {context.get('exception')!r}"
    logging.getLogger(__name__).error("%s", visible(scrubbed(line)))


def _checked(provider: AsyncProvider) -> Checked:
    return cast(Checked, checked_provider(provider))
