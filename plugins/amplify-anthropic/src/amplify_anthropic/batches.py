"""Message Batches: many calls go up at once, their replies come down within 24 hours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import quote

import anthropic
import httpx2
import msgspec
from anthropic.types.messages import MessageBatch
from msgspec import Raw, Struct

from amplify import BatchStatus, Completion, Failure, FoundBatch
from amplify.kit.http_failures import BadReply
from amplify.kit.service import check_batch_size, named
from amplify.kit.service_errors import UNREADABLE
from amplify_anthropic import failures, replies
from amplify_anthropic.asking import TOOL

MOST_CALLS = 100_000
MOST_BYTES = 256_000_000
"""What a batch may hold."""

MOST_LISTED = 1_000
"""Batches that are looked through for one whose id was lost, the newest first."""


class Result(Struct):
    type: str
    message: Raw = Raw(b"null")
    error: dict[str, Any] = {}


class Line(Struct):
    """A line of a batch's results."""

    custom_id: str
    result: Result


async def submit(client: anthropic.AsyncAnthropic, bodies: Mapping[str, Any]) -> str:
    """The id of a new batch of these bodies by key."""
    requests: Any = [{"custom_id": key, "params": body} for key, body in bodies.items()]
    size = len(msgspec.json.encode(requests))
    check_batch_size(len(requests), size, MOST_CALLS, MOST_BYTES, "anthropic")
    return named((await client.messages.batches.create(requests=requests)).id)


async def status(client: anthropic.AsyncAnthropic, batch: str) -> BatchStatus:
    """How far the batch is; one that expired or was cancelled is done with what it has."""
    info = await client.messages.batches.retrieve(batch)
    counts, done = info.request_counts, _done(info)
    ended = info.processing_status == "ended"
    return BatchStatus("done" if ended else "running", done, done + counts.processing)


async def results(client: anthropic.AsyncAnthropic, batch: str) -> tuple[bytes, int]:
    """The batch's results, a line of JSON each, and how many the service counts."""
    info = await client.messages.batches.retrieve(batch)
    if info.processing_status != "ended":
        return b"", 0
    if not info.results_url:
        raise BadReply("the batch is over, and its results are not there")
    # The path, not that address: it may be of another host, which is to get no key.
    path = f"/v1/messages/batches/{quote(batch, safe='')}/results"
    content = (await client.get(path, cast_to=httpx2.Response)).content
    if not content.strip():
        raise BadReply("the batch is over, and its results are empty")
    return content, _done(info)


def _done(batch: MessageBatch) -> int:
    counts = batch.request_counts
    return counts.succeeded + counts.errored + counts.canceled + counts.expired


def outcome(line: bytes) -> tuple[str, Completion | Failure] | None:
    """The key and the outcome of a line of the results; None for a line that cannot be read."""
    try:
        read = msgspec.json.decode(line, type=Line)
    except UNREADABLE:
        return None
    result = read.result
    if result.type == "succeeded":
        return read.custom_id, replies.read(bytes(result.message), TOOL)
    if result.type == "errored":
        error = result.error.get("error", result.error)
        return read.custom_id, failures.of_type(error if isinstance(error, dict) else {})
    return read.custom_id, Failure("server", f"in the batch: {result.type}", retry=True)


async def latest(client: anthropic.AsyncAnthropic) -> str | None:
    """The newest batch."""
    async for batch in client.messages.batches.list(limit=1):
        return batch.id
    return None


async def find(
    client: anthropic.AsyncAnthropic, names: Collection[str], after: str | None
) -> FoundBatch:
    """The batch of the calls with these names, among those that are newer than `after`.

    The list of batches does not say what they hold; the results do, once a batch has ended.
    """
    newer: list[MessageBatch] = []
    async for batch in client.messages.batches.list(limit=100):
        if batch.id == after or len(newer) >= MOST_LISTED:
            break
        newer.append(batch)
    # Batches of as many calls first: another is hardly the one.
    newer.sort(key=lambda batch: _size(batch) != len(names))
    for batch in newer:
        if batch.processing_status == "ended" and await _holds(client, batch.id, names):
            return FoundBatch(batch.id)
    running = [batch for batch in newer if batch.processing_status != "ended"]
    alike = [batch for batch in running if _size(batch) == len(names)]
    return FoundBatch(None, tuple(batch.id for batch in alike or running))


async def _holds(client: anthropic.AsyncAnthropic, batch: str, names: Collection[str]) -> bool:
    """Whether the results of a batch that has ended are of these calls."""
    for line in (await results(client, batch))[0].splitlines():
        try:
            return msgspec.json.decode(line, type=Line).custom_id in names
        except UNREADABLE:
            continue
    raise BadReply(f"the results of batch {batch} cannot be read")


def _size(batch: MessageBatch) -> int:
    """How many calls the batch holds."""
    return _done(batch) + batch.request_counts.processing
