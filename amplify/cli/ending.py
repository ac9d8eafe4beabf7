"""The end of the process, which no thread of a plugin keeps from ending."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Sequence
from typing import Protocol

from amplify.contract.guard.visible import visible

LINGER = 10.0
"""Seconds that threads get to end in once the command is done."""


class Running(Protocol):
    """A thread or a process."""

    def is_alive(self) -> bool:
        """Whether it still runs."""


def end(code: int, lasting: Sequence[Running]) -> None:
    """End the process with this code where threads that never end may keep it alive.

    `lasting` are known to be of that kind; others get some seconds. Returns where the process can
    be left to end by itself.
    """
    here = [one for one in threading.enumerate() if one is not threading.main_thread()]
    engine = sys.modules.get("amplify.run.engine.patience")
    closing = engine is not None and any(one.name == engine.CLOSING for one in here)
    if closing or any(one.is_alive() for one in lasting):
        _leave(code)
    if any(not one.daemon for one in here):
        ended = threading.Event()
        # Functions of atexit run once Python has waited for its threads.
        atexit.register(ended.set)
        threading.Thread(target=_watch, args=(ended, code), daemon=True).start()


def _watch(ended: threading.Event, code: int) -> None:
    if ended.wait(LINGER):
        return
    left = [one.name for one in threading.enumerate() if not one.daemon]
    names = ", ".join(name for name in left if name != threading.main_thread().name)
    told = f"amplify: threads have not ended within {LINGER:g} s, and are left: {visible(names)}"
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{told}\n")
    _leave(code)


def _leave(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)
