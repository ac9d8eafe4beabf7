"""A watchdog: names the plugin that a command waits for, where it seems dead."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from time import monotonic, perf_counter

Tell = Callable[[str], None]

LONG = 10.0
"""Seconds after which a plugin's code is said not to have come back."""

SLOW = 1.0
"""Seconds after which an import or a hook is called slow."""


class Watchdog:
    """Watches from a thread of its own how long the code of a plugin takes, one for all plugins.

    An alarm would need a signal that plugins may use themselves, and would not come while native
    code runs. `tell` is called with one line for a plugin that does not come back; None: nothing
    is watched.
    """

    def __init__(self, tell: Tell | None) -> None:
        self._tell = tell
        self._over = threading.Event()
        self._now: tuple[str, str, float] | None = None
        if tell is not None:
            threading.Thread(target=self._watch, name="amplify-watchdog", daemon=True).start()

    def __enter__(self) -> Watchdog:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    @contextlib.contextmanager
    def waiting(self, what: str, plugin: str) -> Iterator[None]:
        """Watch the code in this block: `what` it is, and the name of its plugin for `--block`."""
        self._now = (f"{what} has not come back for {LONG:.0f} seconds", plugin, monotonic())
        try:
            yield
        finally:
            self._now = None

    def _watch(self) -> None:
        reported, wait = None, LONG
        while not self._over.wait(wait):
            now, wait = self._now, LONG
            if now is None or now is reported:
                continue
            what, plugin, began = now
            wait = began + LONG - monotonic()
            if wait <= 0 and self._tell is not None:
                reported, wait = now, LONG
                with contextlib.suppress(Exception):
                    self._tell(f"{what}; to leave it out: --block {plugin}")


@contextlib.contextmanager
def timed(what: str, problems: list[str]) -> Iterator[None]:
    """Add to `problems` that `what` is slow, where it is: every command pays for it."""
    began = perf_counter()
    try:
        yield
    finally:
        seconds = perf_counter() - began
        if seconds > SLOW:
            problems.append(f"{what} takes {seconds:.1f} s, in every command")
