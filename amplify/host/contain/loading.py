"""Notes modules of Python and of amplify that a plugin is the first to load, as they are then."""

from __future__ import annotations

import contextlib
import sys

# As they are now: a plugin may replace them, and load a module then.
from builtins import getattr, hasattr, list  # noqa: UP029  # their values as they are now
from collections.abc import Callable, Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Note = Callable[[str, ModuleType], None]


@contextlib.contextmanager
def loads_noted(wanted: Callable[[str], bool], note: Note) -> Iterator[None]:
    """Call `note` with each module that is loaded in this block, before any code uses it.

    `wanted` says of a module's name whether it is noted.
    """
    finders = sys.meta_path
    ours = _Finder(wanted, note)
    finders.insert(0, ours)
    try:
        yield
    finally:
        finders[:] = [finder for finder in finders if finder is not ours]


class _Finder:
    """Finds the modules that the other finders find, with a loader that notes them."""

    def __init__(self, wanted: Callable[[str], bool], note: Note) -> None:
        self._wanted = wanted
        self._note = note

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        for finder in list(sys.meta_path) if self._wanted(name) else ():
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader, self._note)  # type: ignore[assignment]  # a loader of any kind
                return spec
        return None


class _Loader:
    """A loader that acts as the `real` one, and is replaced by it once the module is loaded."""

    def __init__(self, real: Any, note: Note) -> None:
        self._real = real
        self._note = note

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        spec.loader = self._real
        try:
            module: ModuleType | None = self._real.create_module(spec)
        finally:
            spec.loader = self  # type: ignore[assignment]  # a loader of any kind
        return module

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._real
        module.__loader__ = self._real
        self._real.exec_module(module)
        self._note(module.__name__, module)
