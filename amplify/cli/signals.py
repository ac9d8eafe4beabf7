"""Signals that interrupt a command: Ctrl-C, SIGTERM and SIGHUP, all in the same way.

The replies of a run are kept, and the command line that resumes it is printed. The exit code is 128
plus the signal's number, as in shells.
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
"""The process that handles the signals; its forks do not."""

_handled: list[int] = []
"""The signals that are handled; one that was ignored before, as by nohup, is not."""

_received: int = signal.SIGINT
"""The signal that interrupted the process."""


def handle_signals() -> None:
    """Have each signal that is not ignored interrupt this process."""
    global _process
    if threading.current_thread() is not threading.main_thread():
        return
    _process = os.getpid()
    if signal.getsignal(signal.SIGINT) is end_at_once:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        _handled.append(signal.SIGINT)
    for name in LIKE_INTERRUPTS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)
            _handled.append(number)


def exit_code() -> int:
    """The exit code of a process that a signal interrupted."""
    return 128 + _received


def end_at_once(number: int, frame: FrameType | None) -> None:
    """End the process: a handler for signals that come when there is nothing to keep."""
    exit_interrupted()


def exit_interrupted() -> None:
    """Print that the process was interrupted, and end it."""
    with contextlib.suppress(OSError):
        os.write(2, b"amplify: interrupted\n")
    os._exit(exit_code())


@contextlib.contextmanager
def signals_deferred() -> Iterator[None]:
    """Ignore signals while messages on an interrupt are printed; a later one ends the process."""
    if _process != os.getpid():
        yield
        return
    _handle(signal.SIG_IGN)
    try:
        yield
    finally:
        _handle(end_at_once)
        # While the interpreter shuts down, a signal would kill it with another exit code.
        atexit.register(_handle, signal.SIG_IGN)


def _handle(handler: signal._HANDLER) -> None:
    for number in _handled:
        signal.signal(number, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _received
    if os.getpid() != _process:  # a fork of this process
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        return
    _received = number
    handler = signal.getsignal(signal.SIGINT)
    # A shell has jobs in the background ignore SIGINT: the signal that came counts all the same.
    (handler if callable(handler) else signal.default_int_handler)(signal.SIGINT, frame)
