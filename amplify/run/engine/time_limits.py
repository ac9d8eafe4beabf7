"""Time limits for a provider: for a call, for the end of a cancelled call, and for closing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

GRACE = 5.0
"""Seconds in which a provider has to end a cancelled call, or to close; then it is left alone."""

CLOSING = "amplify-closing"
"""The name of the thread in which a provider closes."""

IGNORES_CANCELLATION = (
    f"goes on {GRACE:g} s after its call was cancelled: it swallows asyncio.CancelledError"
)

DOES_NOT_CLOSE = f"has not closed within {GRACE:g} s"

DOES_NOT_END = f"leaves tasks or threads in the event loop that have not ended within {GRACE:g} s"


class CancellationIgnored(Exception):
    """A call goes on after it was cancelled."""


async def within(work: Awaitable[T], seconds: float, abandoned: Callable[[], None]) -> T:
    """The result of `work`, which is cancelled after so many seconds: then TimeoutError is raised.

    Work that goes on in spite of that is left alone, and CancellationIgnored is raised. Where it
    was cancelled because this call was cancelled itself, `abandoned` is called in place of that.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        if not await _ends(task):
            abandoned()
        raise
    if not task.done() and not await _ends(task):
        raise CancellationIgnored
    if task.cancelled():
        raise TimeoutError
    return task.result()


async def _ends(task: asyncio.Future[T]) -> bool:
    """Whether the task ends in time once it is cancelled."""
    task.cancel()
    await asyncio.wait({task}, timeout=GRACE)
    return task.done()


def close_in_time(close: Callable[[], None], end_loop: Callable[[], None], wait: bool) -> str:
    """Close a provider, then end its event loop; what is wrong where that takes too long, else "".

    Both run in a thread of their own, as they may block; a thread that does not end is left alone.
    `wait` False waits for the provider alone, not for the end of the loop. What `close` and
    `end_loop` raise is raised.
    """
    errors: list[BaseException] = []
    closed = threading.Event()

    def work() -> None:
        try:
            try:
                close()
            finally:
                closed.set()
                end_loop()
        except BaseException as error:  # noqa: BLE001  # raised where it is waited for
            errors.append(error)

    thread = threading.Thread(target=work, name=CLOSING, daemon=True)
    thread.start()
    if not closed.wait(GRACE):
        return DOES_NOT_CLOSE
    thread.join(GRACE if wait else 0)
    if errors:
        raise errors[0]
    return DOES_NOT_END if wait and thread.is_alive() else ""
