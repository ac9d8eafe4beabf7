"""Waiting for what a process does, however long a busy machine takes over it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any

HUNG = 1200
"""Seconds after which a process is taken to hang. No test's outcome depends on anything shorter."""


def wait_until(true: Callable[[], bool], process: subprocess.Popen[Any]) -> None:
    """Return once `true()`, or once the process has ended; fail where it hangs."""
    started = time.monotonic()
    while not true() and process.poll() is None:
        assert time.monotonic() < started + HUNG, f"it hangs: {process.args}"
        time.sleep(0.01)
