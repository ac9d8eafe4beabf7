"""Signals that end a command: Ctrl-C, and SIGTERM and SIGHUP, which end it in the same way.

What was answered is kept, and the line that goes on is told; the exit code is 128 and the signal's
number, as shells have it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

LIKE_INTERRUPTS = ("SIGTERM", "SIGHUP")

_process = 0
"""The process that listens; forks of it do not."""

_ours: list[int] = []
"""The signals that are listened to; others, as one that nohup ignores, stay as they are."""

_by: int = signal.SIGINT


def listen() -> None:
    """Have the signals end this process as an interrupt does, where nobody ignores them."""
    global _process
    if threading.current_thread() is not threading.main_thread():
        return
    _process = os.getpid()
    if signal.getsignal(signal.SIGINT) is at_once:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        _ours.append(signal.SIGINT)
    for name in LIKE_INTERRUPTS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)
            _ours.append(number)


def code() -> int:
    """The exit code of a process that was interrupted."""
    return 128 + _by


def at_once(number: int, frame: FrameType | None) -> None:
    """End the process: nothing is left to keep."""
    leave()


def leave() -> None:
    """Say that the process was interrupted, and end it."""
    with contextlib.suppress(OSError):
        os.write(2, b"amplify: interrupted\n")
    os._exit(code())


@contextlib.contextmanager
def last_words() -> Iterator[None]:
    """Say what is to be said of an interrupt; another one comes when it is said, and ends all."""
    if _process != os.getpid():
        yield
        return
    _handle(signal.SIG_IGN)
    try:
        yield
    finally:
        _handle(at_once)
        # Once threads are done with, the interpreter would die of the signal itself.
        atexit.register(_handle, signal.SIG_IGN)


def _handle(handler: signal._HANDLER) -> None:
    for number in _ours:
        signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _by
    if os.getpid() != _process:  # a fork of this process
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        return
    _by = number
    handler = signal.getsignal(signal.SIGINT)
    if callable(handler):
        handler(signal.SIGINT, frame)
