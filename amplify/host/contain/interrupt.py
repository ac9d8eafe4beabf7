"""Ctrl-C while a plugin's code runs: it ends the command, whatever the plugin does about it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from amplify.contract.guard.visible import visible

INTERRUPTED = 130
HANDLER = signal.getsignal
"""As it is now: a plugin may replace it."""


class Interrupts:
    """Notices an interrupt that a plugin swallows; a second one ends the process at once."""

    def __init__(self) -> None:
        self._came = False
        self._where = ""

    @contextlib.contextmanager
    def noticed(self) -> Iterator[None]:
        """Handle interrupts here, where nobody else handles them already."""
        main = threading.current_thread() is threading.main_thread()
        if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return
        signal.signal(signal.SIGINT, self._handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    @contextlib.contextmanager
    def named(self, plugin: str, short: str) -> Iterator[None]:
        """Name the plugin in the KeyboardInterrupt of an interrupt that comes in this block."""
        self._where = f"in plugin {plugin}; to leave it out: --block {short}"
        try:
            yield
        finally:
            if self._came:
                raise KeyboardInterrupt(self._where) from None

    def raise_if_the_users(self, error: BaseException) -> None:
        """Raise a KeyboardInterrupt again where it is the user's, not one that the plugin raised.

        Where another handler stands for the signal, it counts as the user's.
        """
        if not isinstance(error, KeyboardInterrupt):
            return
        if threading.current_thread() is threading.main_thread():
            self._came = self._came or HANDLER(signal.SIGINT) != self._handle
        if self._came:
            raise error

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._came:
            with contextlib.suppress(OSError):
                os.write(2, f"amplify: interrupted {visible(self._where)}\n".encode())
            os._exit(INTERRUPTED)
        self._came = True
        raise KeyboardInterrupt
