"""End the process, also where a thread of a plugin never ends."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from amplify.contract.guard.visible import visible

if TYPE_CHECKING:
    from amplify.host.contain import Running

LINGER = 10.0
"""Seconds that threads have to end once the command is done."""


def end(code: int, lasting: Sequence[Running]) -> None:
    """End the process with this code, where threads that never end may keep it alive.

    `lasting` are threads and processes that are known not to end; all others have `LINGER` seconds.
    Returns where Python can end the process by itself.
    """
    threads = [each for each in threading.enumerate() if each is not threading.main_thread()]
    engine = sys.modules.get("amplify.run.engine.time_limits")
    closing = engine is not None and any(thread.name == engine.CLOSING for thread in threads)
    if closing or any(each.is_alive() for each in lasting):
        _exit_now(code)
    if any(not thread.daemon for thread in threads):
        ended = threading.Event()
        # Functions of atexit run once Python has waited for its threads.
        atexit.register(ended.set)
        threading.Thread(target=_watch, args=(ended, code), daemon=True).start()


def _watch(ended: threading.Event, code: int) -> None:
    if ended.wait(LINGER):
        return
    running = [thread.name for thread in threading.enumerate() if not thread.daemon]
    names = ", ".join(name for name in running if name != threading.main_thread().name)
    line = f"amplify: threads have not ended within {LINGER:g} s, and are left: {visible(names)}"
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")
    _exit_now(code)


def _exit_now(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)
