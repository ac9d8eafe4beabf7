"""The prefixes that are kept between calls, the last used for longest."""

from __future__ import annotations

from collections.abc import Sequence

from amplify_transformers.models.prefix_cache import Prefix

NEARLY = 0.95
"""How much of a block a kept prefix must be: what is left is run for each prompt."""


class PrefixStore:
    """Keeps prefixes of at most `room` bytes together, and the last one in any case."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: list[Prefix] = []

    def find(self, ids: Sequence[int]) -> Prefix | None:
        """The longest kept prefix that is all of `ids`, or all but a few at the end."""
        fits = [p for p in self._kept if tuple(ids[: len(p.ids)]) == p.ids]
        found = max(fits, key=lambda prefix: len(prefix.ids), default=None)
        if found is None or len(found.ids) < NEARLY * len(ids):
            return None
        self._kept.remove(found)
        self._kept.append(found)
        return found

    def put(self, prefix: Prefix) -> None:
        """Keep a prefix; those that have not been used for longest make room for it."""
        self._kept.append(prefix)
        while len(self._kept) > 1 and sum(p.size for p in self._kept) > self._room:
            self._kept.pop(0)
