"""The finders of modules: that of a plugin would be asked for every import of all code."""

from __future__ import annotations

import sys
from typing import Any

from amplify.host.contain.watched import identical, package_of_code

LISTS: dict[str, list[Any]] = {"sys.meta_path": sys.meta_path, "sys.path_hooks": sys.path_hooks}


class Finders:
    """The finders as they were."""

    def __init__(self) -> None:
        self._before = {name: list(items) for name, items in LISTS.items()}

    def restore(self, package: str) -> list[str]:
        """Put the lists back; the names of those that were changed.

        Finders that a library brought (six, say) stay, behind all else: its modules need them.
        """
        lost = []
        for name, items in LISTS.items():
            before = self._before[name]
            known = {id(item) for item in before}
            added = [item for item in items if id(item) not in known]
            kept = [*before, *(item for item in added if not _is_of(item, package))]
            if not identical(items, kept):
                lost.append(name)
                items[:] = kept
            self._before[name] = kept
        return lost


def _is_of(finder: Any, package: str) -> bool:
    return package in (package_of_code(finder), package_of_code(type(finder)))
