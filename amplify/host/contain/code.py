"""The code that all plugins share: a function of ours or of a library that one of them replaced."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from amplify.host.contain.watched import home

MODULES = sys.modules
BUILTINS = vars(builtins)
LIBRARIES = {
    *("os", "posixpath", "io", "sys", "json", "json.encoder", "json.decoder", "pathlib", "time"),
    *("random", "math", "re", "hashlib", "subprocess", "tempfile", "threading", "shutil", "copy"),
    *("socket", "ssl", "http.client", "urllib.request", "sqlite3", "csv", "tomllib", "signal"),
    *("importlib", "importlib.metadata", "dataclasses", "contextlib", "functools", "operator"),
    *("click", "click.core", "click.utils", "click.decorators", "pluggy", "pluggy._manager"),
    *("concurrent.futures", "multiprocessing", "asyncio", "warnings", "atexit", "locale"),
}
"""Modules whose functions and classes are watched where they are loaded, besides amplify's own."""

LOADED_LATER = {
    *("numpy", "scipy", "torch", "transformers", "captum", "sklearn", "shap", "lime", "tokenizers"),
    *("openai", "anthropic", "httpx", "msgspec", "jinja2", "tabulate", "tomli_w", "rich", "dotenv"),
}
"""Libraries that a run imports when it needs them, if none of that name is there already."""

INNER = tuple(f"amplify.{room}." for room in ("builtin", "cli", "loop", "report", "run"))
"""Rooms that are no plugin's business: a run takes no module of theirs from one that loaded it."""

METHODS = (FunctionType, property, classmethod, staticmethod)


TRACES: tuple[tuple[Any, Any], ...] = (
    (sys.gettrace, sys.settrace),
    (sys.getprofile, sys.setprofile),
)


class SharedCode:
    """Which modules there are, and what functions and classes they hold."""

    def __init__(self) -> None:
        self._traces = [read() for read, _ in TRACES]
        self._builtins = dict(vars(builtins))
        self._modules = dict(MODULES)
        self._names = list(_names(self._modules))

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
        """Watch what was loaded since; what is not what its name says is forgotten, and named.

        It is imported anew when it is asked for.
        """
        new = {name: MODULES[name] for name in MODULES.keys() - self._modules.keys()}
        wrong = sorted(name for name, module in new.items() if _planted(name, module, package))
        inner = [name for name in new if package != "amplify" and name.startswith(INNER)]
        for name in {*wrong, *inner}:
            del MODULES[name], new[name]
            parent, _, last = name.rpartition(".")
            if hasattr(MODULES.get(parent), last):
                delattr(MODULES[parent], last)
        self._modules.update(new)
        self._names += _names(new)
        return [f"module {name}" for name in wrong]


def _names(modules: dict[str, ModuleType]) -> Iterator[tuple[Any, str, dict[str, Any]]]:
    """The watched modules and the classes of amplify, each with its label and what it holds."""
    for name, module in modules.items():
        ours = _ours(name)
        if not (ours or name in LIBRARIES) or not isinstance(module, ModuleType):
            continue
        held = list(vars(module).items())
        yield module, name, {k: v for k, v in held if callable(v) or isinstance(v, ModuleType)}
        for key, value in held if ours else ():
            if isinstance(value, type) and value.__module__ == name:
                methods = {k: v for k, v in vars(value).items() if isinstance(v, METHODS)}
                yield value, f"{name}.{key}", methods


def _ours(name: str) -> bool:
    return name == "amplify" or name.startswith("amplify.")


def _planted(name: str, module: Any, package: str) -> bool:
    """Whether a module is not the one of its name, or holds code of the plugin."""
    top = name.partition(".")[0]
    if top == package:
        return False
    if _ours(name) or top.startswith("amplify_"):
        return any(home(value) == package for value in _values(vars(module).values()))
    return top in LOADED_LATER and getattr(module, "__spec__", None) is None


def _values(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield value
        if isinstance(value, type):
            yield from vars(value).values()
