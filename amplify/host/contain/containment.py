"""Around a plugin's code: what it changed for all is put back, and reported."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from typing import Any

from amplify.host.contain.code import SharedCode
from amplify.host.contain.finders import Finders
from amplify.host.contain.interpreter import interpreter_watched
from amplify.host.contain.left_running import LeftRunning
from amplify.host.contain.libraries import library_watched
from amplify.host.contain.process import Streams, process_watched
from amplify.host.contain.registrations import registrations_noted
from amplify.host.contain.watched import Watched

PROCESS, END = os.getpid, os._exit
LIMIT, SET_LIMIT = sys.getrecursionlimit, sys.setrecursionlimit
"""As they are now: a plugin may replace them."""

MOST = 8
"""More names of what was changed than this are counted."""


class Containment:
    """What the process shares, as it was; each plugin's code is run `around` that.

    It cannot hold what ends the process, what another thread does later, or what is changed within
    an object: docs/reference/hooks.md.
    """

    def __init__(self) -> None:
        self._streams = Streams()
        self.left_running = LeftRunning()
        self._code = SharedCode()
        self._finders = Finders()
        self._lost: list[str] = []
        self._limit = LIMIT()
        self._watched = [
            *process_watched(),
            *interpreter_watched(),
            *library_watched(),
            # Last: what is put back before may be the last to hold a file in the place of one.
            Watched("standard streams", self._streams.read, self._streams.restore),
        ]
        self._before = [_read(shared) for shared in self._watched]

    def __enter__(self) -> Containment:
        return self

    def __exit__(self, *_: object) -> None:
        self._streams.close()

    @contextlib.contextmanager
    def around(self, package: str, problems: list[str], ours: bool = False) -> Iterator[None]:
        """Run a plugin's code, put back what it changed, and add that to `problems`.

        `package` is the top-level package of the plugin. One of the project's own (`ours`) is
        trusted with what the names in modules stand for: comparing those takes the longest, and
        the usual command has no other plugins. A copy of the process that the plugin made (a fork)
        ends here.
        """
        here = PROCESS()
        names = contextlib.nullcontext() if ours else self._code.names_watched()
        # It puts back the filters, once they are compared.
        with warnings.catch_warnings():
            try:
                with names, registrations_noted(package, problems):
                    yield
            finally:
                if PROCESS() != here:
                    END(0)
                problems += self._settle(package)

    def clear_the_way(self) -> None:
        """Put back at once what amplify's own code needs; it is reported with the rest."""
        if LIMIT() != self._limit:
            SET_LIMIT(self._limit)
            self._lost.append("the recursion limit")
        self._lost += self._code.restore_builtins()
        self._lost += self._code.restore_traces()

    def _settle(self, package: str) -> list[str]:
        self.clear_the_way()
        lost, self._lost = self._lost, []
        lost += [*self._code.restore(package), *self._finders.restore(package)]
        for shared, before in zip(self._watched, self._before, strict=True):
            lost += _put_back(shared, before)
        lost = list(dict.fromkeys(lost))
        started = self.left_running.new()
        problems = []
        if lost:
            more = f" and {len(lost) - MOST} more" if len(lost) > MOST else ""
            problems.append(f"changes {', '.join(lost[:MOST])}{more}; put back")
        if started:
            problems.append(f"leaves {', '.join(started)} running")
        return problems


def _read(shared: Watched) -> Any:
    try:
        return shared.read()
    except Exception:  # noqa: BLE001  # a library that is half loaded, or replaced
        return None


def _put_back(shared: Watched, before: Any) -> list[str]:
    """What a plugin changed of one shared thing, in words; it is put back."""
    after = _read(shared)
    if before is None and after is None:
        return []
    changes = ""
    try:
        if after is not None:
            if shared.same(before, after):
                return []
            changes = ", ".join(shared.details(before, after))
        shared.restore(before)
    except Exception as error:  # noqa: BLE001  # what a plugin put there may do anything
        return [f"{shared.name} (not put back: {type(error).__name__})"]
    return [f"{shared.name} ({changes})" if changes else shared.name]
