"""Patience with a provider that does not end what it was told to end: a few seconds, no more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

GRACE = 5.0
"""Seconds in which a provider ends a cancelled call, or closes; then it is left alone."""

CLOSING = "amplify-closing"
"""The name of the thread in which a provider closes."""

SWALLOWS = f"goes on {GRACE:g} s after its call was cancelled: it swallows asyncio.CancelledError"

DOES_NOT_CLOSE = f"has not closed within {GRACE:g} s"

DOES_NOT_END = f"leaves tasks or threads in the event loop that have not ended within {GRACE:g} s"


class Swallowed(Exception):
    """A call goes on after it was cancelled."""


async def within(work: Awaitable[T], seconds: float, left: Callable[[], None]) -> T:
    """What the work comes to in so many seconds; else it is cancelled, and TimeoutError is raised.

    Work that goes on nevertheless is left alone: Swallowed then, or, where this call was cancelled
    itself, `left` is called.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        if not await _ends(task):
            left()
        raise
    if not task.done() and not await _ends(task):
        raise Swallowed
    if task.cancelled():
        raise TimeoutError
    return task.result()


async def _ends(task: asyncio.Future[T]) -> bool:
    """Whether the task ends in time once it is cancelled."""
    task.cancel()
    await asyncio.wait({task}, timeout=GRACE)
    return task.done()


def closes(close: Callable[[], None], end: Callable[[], None], wait: bool) -> str:
    """Close, then end the loop; "" where both came about in time, else what the provider does.

    What they raise is raised. They have a thread of their own, as both may block; one that stays is
    left alone. Without `wait` the end of the loop is not waited for.
    """
    failed: list[BaseException] = []
    closed = threading.Event()

    def work() -> None:
        try:
            try:
                close()
            finally:
                closed.set()
                end()
        except BaseException as error:  # noqa: BLE001  # raised where it is waited for
            failed.append(error)

    thread = threading.Thread(target=work, name=CLOSING, daemon=True)
    thread.start()
    if not closed.wait(GRACE):
        return DOES_NOT_CLOSE
    thread.join(GRACE if wait else 0)
    if failed:
        raise failed[0]
    return DOES_NOT_END if wait and thread.is_alive() else ""
