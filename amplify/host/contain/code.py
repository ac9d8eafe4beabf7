"""The code that all plugins share: functions and modules that one of them replaced are put back."""

from __future__ import annotations

import builtins
import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

from amplify import __all__ as PUBLIC
from amplify.host.contain.loading import loads_noted
from amplify.host.contain.names import FOREIGN, Names, is_watched
from amplify.host.contain.planted import INNER, forget_planted

MODULES = sys.modules
BUILTINS = vars(builtins)

TRACES: tuple[tuple[Any, Any], ...] = (
    (sys.gettrace, sys.settrace),
    (sys.getprofile, sys.setprofile),
    (threading.gettrace, threading.settrace),
    (threading.getprofile, threading.setprofile),
)


class SharedCode:
    """The modules that there are, and the functions and classes that they hold."""

    def __init__(self) -> None:
        self._traces = [read() for read, _ in TRACES]
        self._builtins = dict(vars(builtins))
        self._modules = dict(MODULES)
        self._names: Names | None = None
        self._amplify = vars(MODULES["amplify"])
        self._public = set(self._amplify)

    @contextlib.contextmanager
    def names_watched(self) -> Iterator[None]:
        """Watch also what modules and classes hold, which takes longer than all else."""
        names = self._names
        if names is None:
            names = self._names = Names()
            names.take_in(self._modules.items())
        with loads_noted(_kept, lambda name, module: names.take_in([(name, module)])):
            yield

    def restore_traces(self) -> list[str]:
        """Put back the tracers and profilers, which are called for every line or call of Python."""
        lost = []
        for (read, change), before in zip(TRACES, self._traces, strict=True):
            if read() is not before:
                change(before)
                lost.append("the tracer or profiler")
        return lost

    def restore_builtins(self) -> list[str]:
        """Put the built-in functions back, calling none of them; the names of those replaced."""
        held = BUILTINS
        lost = [f"builtins.{k}" for k, v in self._builtins.items() if held.get(k) is not v]
        held.update(self._builtins)
        return lost

    def restore(self, package: str) -> list[str]:
        """Put functions, methods and modules back; the names of those that were replaced.

        `package` is that of the plugin which may have replaced them.
        """
        sys.modules = MODULES
        lost = []
        for name, module in self._modules.items():
            if MODULES.get(name) is not module:
                MODULES[name] = module
                lost.append(f"module {name}")
        for name in [n for n in self._amplify.keys() - self._public if n in PUBLIC]:
            del self._amplify[name]  # it is looked up anew, in the module that defines it
        put: list[Any] = []
        if self._names is not None:
            replaced, put = self._names.restore(package)
            lost += replaced
        return [*lost, *self._take_in(package, put)]

    def _take_in(self, package: str, put: list[Any]) -> list[str]:
        """Watch the modules that were loaded since; remove and name those that a plugin changed.

        `put` are the values that stood under the names which were put back: a module that took one
        over from there is removed, and not named.
        """
        new = {name: MODULES[name] for name in MODULES.keys() - self._modules.keys()}
        wrong = forget_planted(MODULES, new, package, put)
        self._modules.update(new)
        if self._names is not None:
            self._names.take_in(new.items())
        return wrong


def _kept(name: str) -> bool:
    """Whether a module that a plugin was the first to load stays loaded for all code."""
    return is_watched(name) and not name.startswith(INNER) and name.partition(".")[0] not in FOREIGN
