"""Reads what a run left in its folder: the record, the plan, predictions, prompts, calls."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from amplify.contract.data import Prediction
from amplify.contract.errors import DataError
from amplify.run.store.read_back import read_stored, reading, stored_lines

HINT = "finish or repeat the run: amplify run --resume --out DIR"
UNFINISHED = "the folder has no record.json: nothing has finished here"
Row = TypeVar("Row")


class StoredMessage(msgspec.Struct):
    """A message of a prompt."""

    role: str
    content: str


class StoredPrompt(msgspec.Struct):
    """A row of `prompts.jsonl`."""

    arm: str
    item: str
    messages: list[StoredMessage]
    draw: int = 0


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


@dataclass(frozen=True)
class StoredRun:
    """A run as its folder tells of it; files are read when they are needed, once each."""

    folder: Path
    record: Mapping[str, Any]

    @cached_property
    def plan(self) -> Mapping[str, Any]:
        """The resolved plan."""
        path = self.folder / "plan.toml"
        with reading(path, "the plan cannot be read", HINT):
            return tomllib.loads(read_stored(path).decode())

    @cached_property
    def predictions(self) -> Sequence[Prediction]:
        """What every arm answered to every item."""
        return list(self._rows("predictions.jsonl", Prediction))

    @cached_property
    def demonstrations(self) -> Sequence[Mapping[str, Any]]:
        """The rows of `demonstrations.jsonl`."""
        return list(self._rows("demonstrations.jsonl", dict))

    def prompts(self) -> Iterator[StoredPrompt]:
        """Every prompt, one after the other: there may be more than memory holds."""
        return self._rows("prompts.jsonl", StoredPrompt)

    @cached_property
    def proxy_labels(self) -> Sequence[Mapping[str, str]]:
        """What each proxy says of each test item, in the order of the record's `proxies`."""
        path = self.folder / "prepared.json"
        if not path.exists():
            return []
        with reading(path, "it is not what a run prepared", HINT):
            labels: list[dict[str, str]] = msgspec.json.decode(read_stored(path)).get("on_test", [])
            return labels

    @cached_property
    def totals(self) -> CallTotals | None:
        """What the calls took; None where the journal is another folder's, as in a study."""
        if not (self.folder / "calls.jsonl").exists():
            return None
        return total(self._rows("calls.jsonl", StoredCall))

    def _rows(self, name: str, kind: type[Row]) -> Iterator[Row]:
        path = self.folder / name
        decoder = msgspec.json.Decoder(kind)
        with reading(path, "the file cannot be read", HINT):
            lines = stored_lines(path)
            first = next(lines, None)
        for number, line in () if first is None else _all(first, lines):
            with reading(path, "the line cannot be read", HINT, number):
                row = decoder.decode(line)
            yield row


def total(calls: Iterator[StoredCall]) -> CallTotals:
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


def read_record(folder: Path) -> Mapping[str, Any]:
    """The record of a run or of a study; DataError where the folder holds none."""
    path = folder / "record.json"
    if not folder.exists():
        raise DataError("there is no such folder", where=str(folder))
    if not path.exists():
        raise DataError(UNFINISHED, where=str(folder), hint=_hint(folder))
    with reading(path, "the record cannot be read", HINT):
        record = msgspec.json.decode(read_stored(path))
        if not isinstance(record, dict):
            raise ValueError("it is no record")
        return record


def read_run(folder: Path) -> StoredRun:
    """A run that has finished, or was stopped; DataError where the folder holds none."""
    record = read_record(folder)
    if "arms" not in record:
        kind = "of a study: name one of its runs" if "results" in record else "of no run"
        raise DataError(f"the record is {kind}", where=str(folder / "record.json"))
    return StoredRun(folder, record)


def _hint(folder: Path) -> str:
    """How a folder without a record gets one."""
    if (folder / "study.toml").exists():
        finished = sorted(path.parent for path in folder.glob("runs/*/record.json"))
        one = f"; of its runs {len(finished)} finished, e.g. {finished[0]}" if finished else ""
        return f"finish the study: amplify study --resume --out DIR{one}"
    if (folder / "plan.toml").exists():
        return HINT
    return "name the folder of a run, of a study or of a tune"


def _all(
    first: tuple[int, bytes], rest: Iterator[tuple[int, bytes]]
) -> Iterator[tuple[int, bytes]]:
    yield first
    yield from rest
