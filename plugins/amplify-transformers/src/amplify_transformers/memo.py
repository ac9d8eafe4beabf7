"""Scores that were already worked out, by what was read for them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

MOST = 2**15
"""Entries that are kept; an explainer that asks by words removed sends thousands for a text."""


class Memo:
    """The logits of the inputs seen last, at most `most` of them. The oldest use is lost first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[float, ...]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> tuple[float, ...] | None:
        """The logits kept under `key`, None where there are none."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Hashable, logits: tuple[float, ...]) -> None:
        """Keep the logits."""
        self._kept[key] = logits
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
