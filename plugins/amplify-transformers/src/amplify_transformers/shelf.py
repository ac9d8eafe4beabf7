"""The prefixes that are kept between calls, the last used for longest."""

from __future__ import annotations

from collections.abc import Sequence

from amplify_transformers.prefix import Prefix


class Shelf:
    """Keeps prefixes of at most `room` bytes together, and the last one in any case."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: list[Prefix] = []

    def find(self, prompts: Sequence[Sequence[int]]) -> Prefix | None:
        """The longest kept prefix that every prompt begins with and goes on from."""
        fits = [p for p in self._kept if all(_begins(prompt, p.ids) for prompt in prompts)]
        if not fits:
            return None
        found = max(fits, key=lambda prefix: len(prefix.ids))
        self._kept.remove(found)
        self._kept.append(found)
        return found

    def put(self, prefix: Prefix) -> None:
        """Keep a prefix; those that have not been used for longest make room for it."""
        self._kept.append(prefix)
        while len(self._kept) > 1 and sum(p.size for p in self._kept) > self._room:
            self._kept.pop(0)


def _begins(prompt: Sequence[int], ids: tuple[int, ...]) -> bool:
    return len(prompt) > len(ids) and tuple(prompt[: len(ids)]) == ids
