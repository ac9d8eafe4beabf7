"""The code that all plugins share: a function of ours or of a library that one of them replaced."""

from __future__ import annotations

import builtins
import sys
import threading
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from amplify import __all__ as PUBLIC
from amplify.host.contain.planted import forget_planted

MODULES = sys.modules
BUILTINS = vars(builtins)
LIBRARIES = {
    *("os", "posixpath", "io", "sys", "json", "json.encoder", "json.decoder", "time"),
    *("pathlib", "pathlib._local"),
    *("random", "math", "re", "hashlib", "subprocess", "tempfile", "threading", "shutil", "copy"),
    *("socket", "ssl", "http.client", "urllib.request", "sqlite3", "csv", "tomllib", "signal"),
    *("importlib", "importlib.metadata", "dataclasses", "contextlib", "functools", "operator"),
    *("click", "click.core", "click.utils", "click.decorators"),
    *("pluggy", "pluggy._manager", "pluggy._hooks"),
    *("concurrent.futures", "multiprocessing", "asyncio", "warnings", "atexit", "locale"),
}
"""Modules whose functions and classes are watched where they are loaded, besides amplify's own."""

WITH_METHODS = {
    *("os", "json.encoder", "json.decoder", "pathlib", "pathlib._local", "subprocess", "threading"),
    *("pluggy._manager", "pluggy._hooks", "click.core"),
}
"""Those of them whose classes' methods are watched too, as those of amplify's are."""

METHODS = (FunctionType, property, classmethod, staticmethod)


TRACES: tuple[tuple[Any, Any], ...] = (
    (sys.gettrace, sys.settrace),
    (sys.getprofile, sys.setprofile),
    (threading.gettrace, threading.settrace),
    (threading.getprofile, threading.setprofile),
)


class SharedCode:
    """Which modules there are, and what functions and classes they hold."""

    def __init__(self) -> None:
        self._traces = [read() for read, _ in TRACES]
        self._builtins = dict(vars(builtins))
        self._modules = dict(MODULES)
        self._names = list(_names(self._modules))
        self._amplify = vars(MODULES["amplify"])
        self._public = set(self._amplify)

    def restore_traces(self) -> list[str]:
        """Put back who is called for every line and call of Python, ours too."""
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
        for owner, label, kept in self._names:
            held = vars(owner)
            for key, value in kept.items():
                if held.get(key) is not value:
                    setattr(owner, key, value)
                    lost.append(f"{label}.{key}")
        return [*lost, *self._take_in(package)]

    def _take_in(self, package: str) -> list[str]:
        """Watch what was loaded since, once what is not what its name says is taken out."""
        new = {name: MODULES[name] for name in MODULES.keys() - self._modules.keys()}
        wrong = forget_planted(MODULES, new, package)
        self._modules.update(new)
        self._names += _names(new)
        for name in [one for one in self._amplify.keys() - self._public if one in PUBLIC]:
            del self._amplify[name]  # it is looked up anew, in the module that defines it
        return wrong


def _names(modules: dict[str, ModuleType]) -> Iterator[tuple[Any, str, dict[str, Any]]]:
    """The watched modules and classes, each with its label and what it holds."""
    for name, module in modules.items():
        ours = _ours(name)
        if not (ours or name in LIBRARIES) or not isinstance(module, ModuleType):
            continue
        held = list(vars(module).items())
        yield module, name, {k: v for k, v in held if callable(v) or isinstance(v, ModuleType)}
        for key, value in held if ours or name in WITH_METHODS else ():
            if isinstance(value, type) and value.__module__ == name:
                methods = {k: v for k, v in vars(value).items() if isinstance(v, METHODS)}
                yield value, f"{name}.{key}", methods


def _ours(name: str) -> bool:
    return name == "amplify" or name.startswith("amplify.")
