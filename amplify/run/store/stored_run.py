"""Reads what a run left in its folder: the record, the plan, predictions, prompts, calls."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from amplify.contract.data import Prediction
from amplify.contract.errors import DataError
from amplify.loop.prompt.arm import drawn_name
from amplify.run.store.call_totals import CallTotals, StoredCall, call_totals
from amplify.run.store.read_back import read_stored, reading, stored_lines

HINT = "finish or repeat the run: amplify run --resume --out DIR"
UNFINISHED = "the folder has no record.json: nothing has finished here"
Row = TypeVar("Row")
Group = tuple[str, int]
"""An arm by its name in the predictions, and the number of its draw."""


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


class StoredPreparation(msgspec.Struct):
    """What is read of `prepared.json`: the labels of the proxies, and the digest of the data."""

    on_test: list[dict[str, str]] = []
    data: str | None = None


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
        return self._prepared.on_test

    @property
    def data_digest(self) -> str | None:
        """The digest of all examples in their splits; None where the folder does not tell it."""
        return self._prepared.data

    @cached_property
    def _prepared(self) -> StoredPreparation:
        path = self.folder / "prepared.json"
        if not path.exists():
            return StoredPreparation()
        with reading(path, "it is not what a run prepared", HINT):
            return msgspec.json.decode(read_stored(path), type=StoredPreparation)

    @cached_property
    def totals(self) -> CallTotals | None:
        """What the calls took; None where the journal is another folder's, as in a study."""
        if not (self.folder / "calls.jsonl").exists():
            return None
        return call_totals(self._rows("calls.jsonl", StoredCall))

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


def stored_group(arm: str, draw: int, groups: Collection[Group]) -> Group:
    """The group of a draw: in a tune each draw is an arm of its own, and goes by its whole name."""
    if (arm, draw) not in groups and (drawn_name(arm, draw), 0) in groups:
        return drawn_name(arm, draw), 0
    return arm, draw


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
        runs = f"; of its runs {len(finished)} finished, e.g. {finished[0]}" if finished else ""
        return f"finish the study: amplify study --resume --out DIR{runs}"
    if (folder / "plan.toml").exists():
        return HINT
    return "name the folder of a run, of a study or of a tune"


def _all(
    first: tuple[int, bytes], rest: Iterator[tuple[int, bytes]]
) -> Iterator[tuple[int, bytes]]:
    yield first
    yield from rest
