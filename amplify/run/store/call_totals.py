"""Adds up what the calls of a run took, from its journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec


class StoredUsage(msgspec.Struct):
    """The tokens of a call, as far as the service told them."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None


class StoredCompletion(msgspec.Struct):
    """What is read of a reply in the journal: its tokens and its time."""

    usage: StoredUsage = msgspec.field(default_factory=StoredUsage)
    seconds: float | None = None


class StoredCall(msgspec.Struct):
    """A row of `calls.jsonl`: one request with its reply, or why it has none."""

    completion: StoredCompletion | None = None
    sent: int = 0
    cost: float | None = None
    cached: bool = False


@dataclass(frozen=True)
class CallTotals:
    """What the calls of a run took: `seconds` add up the calls, which may have overlapped.

    `reused` counts replies from the cache, `failed` requests without a reply. `cost` is None where
    the cost of a call is not known.
    """

    calls: int = 0
    reused: int = 0
    failed: int = 0
    attempts: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    seconds: float = 0.0
    cost: float | None = 0.0


def call_totals(calls: Iterator[StoredCall]) -> CallTotals:
    """The sum over calls."""
    counts = dict.fromkeys(("calls", "reused", "failed", "attempts"), 0)
    tokens = dict.fromkeys(("input", "output", "cached"), 0)
    seconds, cost, known = 0.0, 0.0, True
    for call in calls:
        counts["reused" if call.cached else "calls"] += 1
        counts["attempts"] += call.sent
        if call.completion is None:
            counts["failed"] += 1
            continue
        if call.cached:
            continue
        for key in tokens:
            tokens[key] += getattr(call.completion.usage, key) or 0
        seconds += call.completion.seconds or 0.0
        known &= call.cost is not None
        cost += call.cost or 0.0
    return CallTotals(**counts, **tokens, seconds=seconds, cost=cost if known else None)
