"""Which prompts run side by side: as many as fit, by the size that the cache was measured at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amplify_transformers.generate.decoding import PrefixSharing

MIB = 2**20


@dataclass(frozen=True)
class RowMemory:
    """A row: tokens of its own, how many may come behind them, bytes besides the cache."""

    own: int
    further: int
    besides: int = 0


@dataclass(frozen=True)
class BatchLimits:
    """At most `rows` rows in `room` bytes; a row takes `each`, and `token` for each of its own."""

    way: PrefixSharing
    rows: int
    room: int
    each: int
    token: int


def batches(needs: Mapping[int, RowMemory], bounds: BatchLimits) -> Iterator[list[int]]:
    """The keys of `needs` in batches, short rows first; a row that is too large runs alone."""
    batch: list[int] = []
    further = besides = 0
    for index in sorted(needs, key=lambda index: needs[index].own):
        need = needs[index]
        further, besides = max(further, need.further), max(besides, need.besides)
        row = (need.own + further) * bounds.token + besides + bounds.each
        single = bounds.way in (PrefixSharing.ALONE, PrefixSharing.WHOLE)
        uneven = bounds.way is PrefixSharing.EVEN and batch and need.own != needs[batch[0]].own
        full = len(batch) >= bounds.rows or (len(batch) + 1) * row > bounds.room
        if batch and (single or uneven or full):
            yield batch
            batch, further, besides = [], need.further, need.besides
        batch.append(index)
    if batch:
        yield batch
