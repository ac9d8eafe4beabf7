"""The threads and processes that a plugin leaves running, which nothing here can stop."""

from __future__ import annotations

import _thread
import os
import sys
import threading
from typing import Any, Protocol


class Running(Protocol):
    """A thread, or a process of `multiprocessing`."""

    name: str

    @property
    def daemon(self) -> bool:
        """Whether it ends with the process."""

    def is_alive(self) -> bool:
        """Whether it still runs."""


class LeftRunning:
    """The threads and processes that are there, so that new ones are noticed.

    `lasting` are those of plugins which would keep the process from ending.
    """

    def __init__(self) -> None:
        self.lasting: list[Running] = []
        self._known: list[Running] = []
        self._bare = _bare_threads()
        self._children = _children()
        self._take_in()

    def new(self) -> list[str]:
        """The threads and processes that are new since the last call, in words."""
        new = self._take_in()
        self.lasting += [running for running in new if not running.daemon]
        words = [f"a thread ({r.name})" for r in new if isinstance(r, threading.Thread)]
        bare, children = _bare_threads(), _children()
        words += ["a thread"] * (bare - self._bare)
        words += ["a process"] * len(children - self._children)
        self._bare, self._children = bare, children
        return words

    def _take_in(self) -> list[Running]:
        here: list[Running] = [t for t in threading.enumerate() if t.is_alive()]
        multiprocessing: Any = sys.modules.get("multiprocessing.process")
        here += multiprocessing.active_children() if multiprocessing is not None else []
        known = {id(running) for running in self._known}
        new = [running for running in here if id(running) not in known]
        self._known = here
        return new


def _bare_threads() -> int:
    """How many threads run that the module `threading` does not know."""
    known = sum(isinstance(t, threading.Thread) for t in threading.enumerate())
    return _thread._count() - (known - 1)


def _children() -> set[str]:
    """The ids of the child processes of this one; none on systems other than Linux."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as listed:
            return set(listed.read().split())
    except OSError:
        return set()
