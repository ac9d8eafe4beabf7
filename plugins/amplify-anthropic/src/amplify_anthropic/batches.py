"""Message Batches: many calls go up at once, their replies come down within 24 hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import anthropic
import httpx2
import msgspec
from anthropic.types.messages import MessageBatch
from msgspec import Raw, Struct

from amplify import BadReply, BatchStatus, Completion, Failure, ProviderError
from amplify_anthropic import failures, replies

MOST_CALLS = 100_000
MOST_BYTES = 256_000_000
"""What a batch may hold."""


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
    requests: Any = [{"custom_id": key, "params": made} for key, made in bodies.items()]
    size = len(msgspec.json.encode(requests))
    if len(requests) > MOST_CALLS or size > MOST_BYTES:
        raise ProviderError(
            f"{len(requests)} calls of {size / 1e6:.0f} MB are more than a batch holds",
            where="llm anthropic",
            hint="drop llm.batch, or ask for fewer items with --limit",
        )
    made: object = (await client.messages.batches.create(requests=requests)).id
    if not isinstance(made, str) or not made:
        raise BadReply("it gives no id to what was made")
    return made


async def status(client: anthropic.AsyncAnthropic, batch: str) -> BatchStatus:
    """How far the batch is; one that expired or was cancelled is done with what it has."""
    found = await client.messages.batches.retrieve(batch)
    counts, done = found.request_counts, _done(found)
    ended = found.processing_status == "ended"
    return BatchStatus("done" if ended else "running", done, done + counts.processing)


async def results(client: anthropic.AsyncAnthropic, batch: str) -> tuple[bytes, int]:
    """The batch's results, a line of JSON each, and how many the service counts."""
    found = await client.messages.batches.retrieve(batch)
    if found.processing_status != "ended":
        return b"", 0
    if not found.results_url:
        raise BadReply("the batch is over, and its results are not there")
    # The path, not that address: it may be of another host, which is to get no key.
    path = f"/v1/messages/batches/{quote(batch, safe='')}/results"
    content = (await client.get(path, cast_to=httpx2.Response)).content
    if not content.strip():
        raise BadReply("the batch is over, and its results are empty")
    return content, _done(found)


def _done(batch: MessageBatch) -> int:
    counts = batch.request_counts
    return counts.succeeded + counts.errored + counts.canceled + counts.expired


def outcome(line: bytes) -> tuple[str, Completion | Failure] | None:
    """The key and the outcome of a line of the results; None for a line that cannot be read."""
    try:
        read = msgspec.json.decode(line, type=Line)
    except replies.UNREADABLE:
        return None
    result = read.result
    if result.type == "succeeded":
        return read.custom_id, replies.read(bytes(result.message))
    if result.type == "errored":
        error = result.error.get("error", result.error)
        return read.custom_id, failures.of_type(error if isinstance(error, dict) else {})
    return read.custom_id, Failure("server", f"in the batch: {result.type}", retry=True)
