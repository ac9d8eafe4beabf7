"""The prefixes whose caches are kept between calls."""

from __future__ import annotations

from collections.abc import Sequence

from amplify_transformers.models.prefix_cache import Prefix

LEAST_SHARE = 0.95
"""The share of a block that a kept prefix must cover: the rest of it is run for each prompt."""


class PrefixStore:
    """Keeps prefixes of at most `capacity` bytes together, and the last one in any case."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._prefixes: list[Prefix] = []

    def find(self, ids: Sequence[int]) -> Prefix | None:
        """The longest kept prefix that is all of `ids`, or all but a few at the end."""
        matching = [p for p in self._prefixes if tuple(ids[: len(p.ids)]) == p.ids]
        longest = max(matching, key=lambda prefix: len(prefix.ids), default=None)
        if longest is None or len(longest.ids) < LEAST_SHARE * len(ids):
            return None
        self._prefixes.remove(longest)
        self._prefixes.append(longest)
        return longest

    def put(self, prefix: Prefix) -> None:
        """Keep a prefix; those that were not used for longest make room for it."""
        self._prefixes.append(prefix)
        while len(self._prefixes) > 1 and sum(p.size for p in self._prefixes) > self._capacity:
            self._prefixes.pop(0)
