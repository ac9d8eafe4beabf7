"""Compares what the names in modules and classes stand for, by identity, and puts it back."""

from __future__ import annotations

import builtins
import operator
import sys

# As they are now: a plugin may replace them, and load a module then.
from builtins import all, dict, id, isinstance, issubclass, len, list, map, type  # noqa: UP029  # their values as they are now
from collections.abc import Iterable, Mapping
from itertools import chain
from types import FunctionType, ModuleType
from typing import Any

from amplify.host.contain.planted import LOADED_LATER, ONCE
from amplify.host.contain.watched import package_of_code

FOREIGN = LOADED_LATER - sys.stdlib_module_names
"""Libraries of others, whose classes fill in much of themselves when they are first used."""

WATCHED = {"amplify", "click", "pluggy", *FOREIGN, *sys.stdlib_module_names} - {
    "builtins",  # on its own: it would trouble the comparison
    "typing",  # typing_extensions puts functions of its own there
}
"""The packages whose modules and classes are watched, with those that are named `amplify_…`."""

PATCHING = {*ONCE, "joblib"}
"""Libraries that put functions of theirs into Python's modules, and need them there."""

ELSEWHERE = {
    *("os.environ", "warnings.filters", "asyncio.events._event_loop_policy"),
    *(f"time.{name}" for name in ("tzname", "timezone", "altzone", "daylight")),
}
"""Names that are compared and put back with what they belong to."""

IMMUTABLE = 1 << 8
"""The flag of a class that nobody can change, as those written in C are."""

PLAIN = (str, bytes, int, float, complex, tuple, frozenset)
FILLED = (type(None), list, dict, set)
"""What a module's variable may hold until, or while, something is put there."""

METHODS = (FunctionType, property, classmethod, staticmethod)
SHADOWED = frozenset(vars(builtins))
MISSING = object()
VALUES = operator.methodcaller("values")
SET_KIND = vars(object)["__class__"].__set__
SET_IN_CLASS, TAKE_FROM_CLASS = type.__setattr__, type.__delattr__


class Names:
    """The names of the watched modules and classes, as they were."""

    def __init__(self) -> None:
        self._owners: list[_Owner] = []
        self._seen: set[int] = set()
        self._lengths: list[int] = []
        self._values: list[Any] = []

    def take_in(self, modules: Iterable[tuple[str, Any]]) -> None:
        """Watch these modules too, and the classes in them."""
        new: list[_Owner] = []
        for name, module in modules:
            if not is_watched(name) or not isinstance(module, ModuleType):
                continue
            if id(module) in self._seen:
                continue
            self._seen.add(id(module))
            held = vars(module)
            new.append(_Owner(name, module, held))
            for value in list(held.values()):
                # Foreign objects are not asked for their class: some load a library then.
                if not issubclass(type(value), type) or value.__flags__ & IMMUTABLE:
                    continue
                if id(value) not in self._seen and is_watched(value.__module__):
                    self._seen.add(id(value))
                    label = f"{value.__module__}.{value.__qualname__}"
                    new.append(_Owner(label, value, vars(value)))
        self._owners += new
        self._lengths += [len(holder.kept) for holder in new]
        self._values += chain.from_iterable(holder.kept.values() for holder in new)

    def restore(self, package: str) -> tuple[list[str], list[Any]]:
        """Put back what was changed; the names of that, and the values that stood there.

        What a plugin changes in `package`, its own package, stays.
        """
        lost: list[str] = []
        put: list[Any] = []
        for holder in self._owners:
            if type(holder.owner) is not holder.kind:
                SET_KIND(holder.owner, holder.kind)
                lost.append(f"the class of {holder.label}")
        holders = [holder.held for holder in self._owners]
        now = chain.from_iterable(map(VALUES, holders))
        if list(map(len, holders)) == self._lengths and all(map(operator.is_, now, self._values)):
            return lost, put
        for holder in self._owners:
            holder.restore(package, lost, put)
        self._lengths = [len(holder.kept) for holder in self._owners]
        self._values = list(chain.from_iterable(holder.kept.values() for holder in self._owners))
        return lost, put


class _Owner:
    """A module or a class: `held` is what it holds now, `kept` what it held before."""

    __slots__ = ("held", "kept", "kind", "label", "owner")

    def __init__(self, label: str, owner: Any, held: Mapping[str, Any]) -> None:
        self.label = label
        self.owner = owner
        self.kind = type(owner)
        self.held = held
        self.kept = dict(held)

    def restore(self, package: str, lost: list[str], put: list[Any]) -> None:
        """Put back what changed and matters; add its names to `lost`, its values to `put`."""
        held, kept = self.held, self.kept
        if len(held) == len(kept) and all(map(operator.is_, held.values(), kept.values())):
            return
        if self.label.partition(".")[0] != package:
            for key, before in kept.items():
                after = held.get(key, MISSING)
                if after is not before and self._matters(key, before, after):
                    self._set(key, before)
                    lost.append(f"{self.label}.{key}")
                    put.append(after)
            for key in held.keys() - kept.keys():
                if self._strange(key):
                    put.append(held[key])
                    self._take_out(key)
                    lost.append(f"{self.label}.{key}")
        self.kept = dict(held)

    def _matters(self, key: str, before: Any, after: Any) -> bool:
        """Whether a change counts: not that a library has filled in what it first needed now."""
        if f"{self.label}.{key}" in ELSEWHERE:
            return False
        if after is MISSING:
            return True
        if package_of_code(after) in PATCHING:
            return False
        if self.label.partition(".")[0] in FOREIGN:
            return issubclass(type(before), (*METHODS, type))
        if isinstance(self.owner, type):
            counts = key[:1] == "_" != key[1:2] and isinstance(before, int)
            return not (counts or key.startswith("__annot"))
        if isinstance(before, PLAIN):
            if before is False or (type(before) is type(after) and before == after):
                return False
            return key.isupper() or not key.startswith("_")
        if isinstance(before, FILLED):
            return before is not None and key.isupper() and not key.startswith("_")
        return True

    def _strange(self, key: str) -> bool:
        """Whether a new name hides another: one of a base class, or a built-in one."""
        if self.label.partition(".")[0] in FOREIGN:
            return False
        if isinstance(self.owner, type):
            return not key.startswith("__annot")
        return key in SHADOWED and not key.startswith("__")

    def _set(self, key: str, value: Any) -> None:
        if isinstance(self.owner, type):
            SET_IN_CLASS(self.owner, key, value)
        else:
            vars(self.owner)[key] = value

    def _take_out(self, key: str) -> None:
        if isinstance(self.owner, type):
            TAKE_FROM_CLASS(self.owner, key)
        else:
            del vars(self.owner)[key]


def is_watched(name: Any) -> bool:
    """Whether modules of this name, and their classes, are watched."""
    if not isinstance(name, str):
        return False
    return name.partition(".")[0] in WATCHED or name.startswith("amplify_")
