"""Batches of prompts that run side by side: as many as fit into the memory for caches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amplify_transformers.generate.decoding import SharingMode

MIB = 2**20


@dataclass(frozen=True)
class RowNeed:
    """What a row takes: its tokens, how many may follow them, and bytes besides the cache."""

    tokens: int
    further_tokens: int
    extra_bytes: int = 0


@dataclass(frozen=True)
class BatchLimits:
    """At most `rows` rows in `room` bytes.

    Of these a row takes `row_bytes`, and `token_bytes` for each of its tokens.
    """

    mode: SharingMode
    rows: int
    room: int
    row_bytes: int
    token_bytes: int


def memory_batches(needs: Mapping[int, RowNeed], limits: BatchLimits) -> Iterator[list[int]]:
    """The keys of `needs` in batches, short rows first; a row that is too large runs alone."""
    batch: list[int] = []
    further = extra = 0
    for index in sorted(needs, key=lambda index: needs[index].tokens):
        need = needs[index]
        further, extra = max(further, need.further_tokens), max(extra, need.extra_bytes)
        row = (need.tokens + further) * limits.token_bytes + extra + limits.row_bytes
        uneven = limits.mode is SharingMode.EVEN and batch and need.tokens != needs[batch[0]].tokens
        full = len(batch) >= limits.rows or (len(batch) + 1) * row > limits.room
        if batch and (limits.mode.one_by_one or uneven or full):
            yield batch
            batch, further, extra = [], need.further_tokens, need.extra_bytes
        batch.append(index)
    if batch:
        yield batch
