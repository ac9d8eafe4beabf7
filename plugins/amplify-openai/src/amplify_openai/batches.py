"""The Batch API: a file of calls goes up, a file of replies comes down within 24 hours."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
import openai
from msgspec import Raw, Struct
from openai.types import Batch

from amplify import BatchStatus, Completion, Failure
from amplify.kit.http_failures import BadReply
from amplify.kit.service import check_batch_size, named
from amplify.kit.service_errors import UNREADABLE
from amplify_openai import failures, replies
from amplify_openai.failures import Refused
from amplify_openai.lost import NAMES, names_tag
from amplify_openai.shapes import NOTHING, Problem

MOST_CALLS = 50_000
MOST_BYTES = 200_000_000
"""What a batch may hold."""

TAG = "amplify"
"""The metadata field by which a batch is known again."""

RUNNING = ("validating", "in_progress", "finalizing", "cancelling")


class Answer(Struct):
    status_code: int
    body: Raw = NOTHING


class Line(Struct):
    """A line of a batch's output file, or of its error file."""

    custom_id: str
    response: Answer | None = None
    error: Problem | None = None


async def submit(client: openai.AsyncOpenAI, path: str, bodies: Mapping[str, Any]) -> str:
    """The id of a batch of these bodies by key.

    Where the very same calls are running already, their batch is the one: whoever lost its id, to
    a kill or a cut line, does not pay twice.
    """
    endpoint: Any = f"/v1{path}"
    lines = [
        msgspec.json.encode({"custom_id": key, "method": "POST", "url": endpoint, "body": body})
        for key, body in sorted(bodies.items())
    ]
    content = b"\n".join(lines) + b"\n"
    check_batch_size(len(lines), len(content), MOST_CALLS, MOST_BYTES, "openai")
    tag = hashlib.sha256(content).hexdigest()
    async for batch in client.batches.list(limit=100):
        if batch.status in RUNNING[:3] and (batch.metadata or {}).get(TAG) == tag:
            return batch.id
        if batch.status not in RUNNING:
            break
    file = await client.files.create(file=("amplify.jsonl", content), purpose="batch")
    batch = await client.batches.create(
        input_file_id=named(file.id),
        endpoint=endpoint,
        completion_window="24h",
        metadata={TAG: tag, NAMES: names_tag(bodies)},
    )
    return named(batch.id)


async def status(client: openai.AsyncOpenAI, batch: str) -> BatchStatus:
    """How far the batch is; one that expired or was cancelled is done with what it has."""
    info = await client.batches.retrieve(batch)
    counts = info.request_counts
    done, total = _done(info), counts.total if counts else 0
    if info.status in RUNNING:
        return BatchStatus("running", done, total)
    files = info.output_file_id or info.error_file_id
    if files or info.status == "completed" or (info.status != "failed" and done):
        return BatchStatus("done", done, total)
    problems = info.errors.data if info.errors and info.errors.data else []
    reasons = "; ".join(f"{p.code}: {p.message}" for p in problems[:3])
    return BatchStatus("failed", done, total, reasons or f"the batch is {info.status}")


async def results(client: openai.AsyncOpenAI, batch: str) -> tuple[list[bytes], int]:
    """The batch's output file and its error file, and how many calls the service counts."""
    info = await client.batches.retrieve(batch)
    files = [file for file in (info.output_file_id, info.error_file_id) if file]
    if not files:
        raise BadReply("the batch is over, and its results are not there")
    return [(await client.files.content(file)).content for file in files], _done(info)


def _done(batch: Batch) -> int:
    counts = batch.request_counts
    return counts.completed + counts.failed if counts else 0


def outcome(
    line: bytes, api: str, logprobs: bool, sent: Collection[str]
) -> tuple[str, Completion | Failure | Refused] | None:
    """A line's key and what it holds; None for a line that is none.

    `sent` names the fields of the calls that a server may refuse.
    """
    try:
        read = msgspec.json.decode(line, type=Line)
    except UNREADABLE:
        return None
    answer = read.response
    if answer is not None and answer.status_code < 300:
        return read.custom_id, replies.read(api, bytes(answer.body), logprobs)
    if answer is not None:
        return read.custom_id, failures.of_status(answer.status_code, _any(answer.body), {}, sent)
    problem = read.error or Problem()
    reason = f"{problem.code or 'failed'}: {problem.message or 'no reason given'}"
    return read.custom_id, Failure("server", f"in the batch: {reason}", retry=True)


def _any(raw: Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except UNREADABLE:
        return bytes(raw).decode("utf-8", "replace")
