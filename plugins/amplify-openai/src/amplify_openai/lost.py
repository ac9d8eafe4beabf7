"""A batch whose id was lost, found again by the names of its calls."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import openai

from amplify import FoundBatch

NAMES = "amplify-names"
"""The metadata field that tells which calls a batch holds."""

MOST_LISTED = 1_000
"""Batches that are looked through, the newest first."""


def names_tag(names: Iterable[str]) -> str:
    """What stands in that field: a digest of the names, in any order."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


async def find(client: openai.AsyncOpenAI, names: Iterable[str]) -> FoundBatch:
    """The batch of the calls with these names, running or over."""
    tag, looked = names_tag(names), 0
    async for batch in client.batches.list(limit=100):
        if (batch.metadata or {}).get(NAMES) == tag:
            return FoundBatch(batch.id)
        looked += 1
        if looked >= MOST_LISTED:
            break
    return FoundBatch(None)
