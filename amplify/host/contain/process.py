"""What the operating system keeps for a process: environment, folder, signals, streams, locale."""

from __future__ import annotations

import contextlib
import gc
import locale
import os
import signal
import stat
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any

from amplify.host.contain.watched import Watched, changed_keys, identical

ENVIRON = os.environ
SIGNALS = sorted(signal.valid_signals())
TIMERS = ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF")


def _environment() -> tuple[bool, dict[str, str]]:
    return os.environ is ENVIRON, dict(ENVIRON)


def _restore_environment(before: tuple[bool, dict[str, str]]) -> None:
    os.environ = ENVIRON  # noqa: B003  # a plugin may have put another object there
    _, values = before
    lost = changed_keys(values, dict(ENVIRON))
    for name in lost:
        if name in values:
            ENVIRON[name] = values[name]
        else:
            del ENVIRON[name]
    if "TZ" in lost and hasattr(time, "tzset"):
        time.tzset()


def _names(before: tuple[bool, dict[str, str]], after: tuple[bool, dict[str, str]]) -> list[str]:
    return changed_keys(before[1], after[1])


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return None


def _enter(folder: str | None) -> None:
    if folder is not None:
        os.chdir(folder)


def _handlers() -> list[Any]:
    return [signal.getsignal(number) for number in SIGNALS]


def _handle(before: Sequence[Any]) -> None:
    for number, handler in zip(SIGNALS, before, strict=True):
        # None is a handler that was not set from Python: nothing here could set it again.
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _changed_signals(before: Sequence[Any], after: Sequence[Any]) -> Iterable[str]:
    for number, old, new in zip(SIGNALS, before, after, strict=True):
        if old is not new:
            yield signal.Signals(number).name if number in set(signal.Signals) else str(number)


def _blocked() -> Any:
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, ()))


def _block(before: Any) -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _running_timers() -> set[int]:
    numbers = [getattr(signal, name) for name in TIMERS]
    return {number for number in numbers if signal.getitimer(number)[0]}


def _stop_timers(before: set[int]) -> None:
    for number in _running_timers() - before:
        signal.setitimer(number, 0)


def _umask() -> int:
    # It can only be read by setting it: for that moment to what lets nobody else in.
    mask = os.umask(stat.S_IRWXG | stat.S_IRWXO)
    os.umask(mask)
    return mask


class Streams:
    """The files behind descriptors 0, 1 and 2; each is held open, to be put back."""

    def __init__(self) -> None:
        self._held: list[int | None] = [_duplicate(number) for number in range(3)]

    def read(self) -> list[tuple[int, int] | None]:
        """What tells the three files from others."""
        return [_identity(number) for number in range(3)]

    def restore(self, before: list[tuple[int, int] | None]) -> None:
        gc.collect()  # a file that was opened in the place of one closes it again when it goes
        for number, held in enumerate(self._held):
            if held is not None and _identity(number) != before[number]:
                os.dup2(held, number)

    def close(self) -> None:
        for held in self._held:
            if held is not None:
                with contextlib.suppress(OSError):
                    os.close(held)


def _duplicate(number: int) -> int | None:
    try:
        return os.dup(number)
    except OSError:  # the process was started without it
        return None


def _identity(number: int) -> tuple[int, int] | None:
    try:
        status = os.fstat(number)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def process_watched() -> list[Watched]:
    """What is watched of the process, as far as this system and this thread have it."""
    watched = [
        Watched("the environment", _environment, _restore_environment, details=_names),
        Watched("the working folder", _folder, _enter),
        Watched("the umask", _umask, os.umask),
        Watched(
            "the locale",
            lambda: locale.setlocale(locale.LC_ALL),
            lambda before: locale.setlocale(locale.LC_ALL, before),
        ),
    ]
    if threading.current_thread() is threading.main_thread():
        watched.append(
            Watched("signal handlers", _handlers, _handle, identical, details=_changed_signals)
        )
    if hasattr(signal, "pthread_sigmask"):
        watched.append(Watched("blocked signals", _blocked, _block))
        watched.append(Watched("an alarm", _running_timers, _stop_timers))
    return watched
