"""Batches of prompts that run side by side: as many as fit into the memory for caches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amplify_transformers.generate.decoding import SharingMode

MIB = 2**20

ALIKE = 1.25
"""Rows are about as long where the longest has at most so many times the tokens of the shortest:
the shorter ones are padded, and every step reads that padding."""


@dataclass(frozen=True)
class RowNeed:
    """What a row takes: its tokens, how many may follow them, and bytes besides the cache."""

    tokens: int
    further_tokens: int
    extra_bytes: int = 0


@dataclass(frozen=True)
class BatchLimits:
    """At most `rows` rows in `room` bytes, or `alike_rows` where they are about as long.

    Of these a row takes `row_bytes`, and `token_bytes` for each of its tokens.
    """

    mode: SharingMode
    rows: int
    room: int
    row_bytes: int
    token_bytes: int
    alike_rows: int = 0


def memory_batches(needs: Mapping[int, RowNeed], limits: BatchLimits) -> Iterator[list[int]]:
    """The keys of `needs` in batches, short rows first; a row that is too large runs alone."""
    batch: list[int] = []
    further = extra = 0
    for index in sorted(needs, key=lambda index: needs[index].tokens):
        need = needs[index]
        further, extra = max(further, need.further_tokens), max(extra, need.extra_bytes)
        row = (need.tokens + further) * limits.token_bytes + extra + limits.row_bytes
        uneven = limits.mode is SharingMode.EVEN and batch and need.tokens != needs[batch[0]].tokens
        alike = batch and need.tokens <= ALIKE * needs[batch[0]].tokens
        most = max(limits.rows, limits.alike_rows) if alike else limits.rows
        full = len(batch) >= most or (len(batch) + 1) * row > limits.room
        if batch and (limits.mode.one_by_one or uneven or full):
            yield batch
            batch, further, extra = [], need.further_tokens, need.extra_bytes
        batch.append(index)
    if batch:
        yield batch
