"""One thing that all code of a process shares: how it is read, compared and put back."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any


def identical(before: Sequence[Any], after: Sequence[Any]) -> bool:
    """Whether two sequences hold the very same objects, which are not compared otherwise."""
    return len(before) == len(after) and all(map(operator.is_, before, after))


def package_of_code(value: Any) -> str:
    """The top-level package that a function or class is from."""
    module = getattr(value, "__module__", None)
    return module.partition(".")[0] if isinstance(module, str) else ""


def nothing(before: Any, after: Any) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Watched:
    """A part of the process that one plugin could change for all.

    `name` is what a listing calls it. `read` takes its value, or a copy that cannot change;
    `restore` puts a value back that was read before. `same` compares two values. `details` names
    what changed, never what it holds: it may be a key.
    """

    name: str
    read: Callable[[], Any]
    restore: Callable[[Any], object]
    same: Callable[[Any, Any], bool] = operator.eq
    details: Callable[[Any, Any], Iterable[str]] = nothing


def changed_keys(before: dict[Any, Any], after: dict[Any, Any]) -> list[str]:
    """The keys that were added, lost, or hold something else."""
    return sorted(
        str(key)
        for key in {*before, *after}
        if key not in before or key not in after or before[key] != after[key]
    )
