"""A batch whose id was lost, found again by the names of its calls.

The list of batches does not tell what they hold; the results do, once a batch has ended.
"""

from __future__ import annotations

from collections.abc import Collection

import anthropic
import msgspec
from anthropic.types.messages import MessageBatch

from amplify import BadReply, FoundBatch
from amplify_anthropic import batches, replies

MOST_LISTED = 1_000
"""Batches that are looked through, the newest first."""


async def latest(client: anthropic.AsyncAnthropic) -> str | None:
    """The newest batch."""
    async for batch in client.messages.batches.list(limit=1):
        return batch.id
    return None


async def find(
    client: anthropic.AsyncAnthropic, names: Collection[str], after: str | None
) -> FoundBatch:
    """The batch of the calls with these names, among those that are newer than `after`."""
    newer: list[MessageBatch] = []
    async for batch in client.messages.batches.list(limit=100):
        if batch.id == after or len(newer) >= MOST_LISTED:
            break
        newer.append(batch)
    # Those of as many calls first: of the others it is hardly one.
    newer.sort(key=lambda batch: _size(batch) != len(names))
    for batch in newer:
        if batch.processing_status == "ended" and await _holds(client, batch.id, names):
            return FoundBatch(batch.id)
    running = [batch for batch in newer if batch.processing_status != "ended"]
    alike = [batch for batch in running if _size(batch) == len(names)]
    return FoundBatch(None, tuple(batch.id for batch in alike or running))


async def _holds(client: anthropic.AsyncAnthropic, batch: str, names: Collection[str]) -> bool:
    """Whether the results of a batch that has ended are of these calls."""
    for line in (await batches.results(client, batch))[0].splitlines():
        try:
            return msgspec.json.decode(line, type=batches.Line).custom_id in names
        except replies.UNREADABLE:
            continue
    raise BadReply(f"the results of batch {batch} cannot be read")


def _size(batch: MessageBatch) -> int:
    """How many calls it holds."""
    told = batch.request_counts
    return told.processing + told.succeeded + told.errored + told.canceled + told.expired
