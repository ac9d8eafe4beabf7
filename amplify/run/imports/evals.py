"""Reads the items of OpenAI's evals: JSON lines with `input` messages and the `ideal` answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from amplify.contract.calls import Message, Role
from amplify.contract.errors import DataError
from amplify.contract.grammar import counted
from amplify.run.imports.imported import MARK, Imported, ImportedItem, ImportedPrompt
from amplify.run.store.read_back import open_stored

HINT = 'a row is {"input": [{"role": …, "content": …}, …], "ideal": "the answer"}'


class _Turn(msgspec.Struct):
    """A message of a row, which may have a name too."""

    role: Role
    content: str


class _Row(msgspec.Struct):
    """A row, whatever else is in it."""

    input: str | list[_Turn]
    ideal: str | list[str]


def read_evals(path: Path) -> Imported:
    """The items, and the messages that all of them share ahead of the last one.

    Raises DataError where a row cannot be read, and where rows differ in the messages ahead.
    """
    items: list[ImportedItem] = []
    shared: list[Message] | None = None
    several = 0
    with open_stored(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            where = f"{path}:{number}"
            row = _row(line, where)
            turns = [_Turn("user", row.input)] if isinstance(row.input, str) else row.input
            if not turns or turns[-1].role != "user":
                raise DataError("does not end in a message of the user", where=where, hint=HINT)
            ahead = [Message(turn.role, turn.content) for turn in turns[:-1]]
            if any(MARK in message.content for message in ahead):
                raise DataError(f"a message ahead of the last one holds {MARK}", where=where)
            if shared is not None and ahead != shared:
                raise DataError(
                    "has other messages ahead of its last one than the rows before, so that no"
                    " prompt is common to all",
                    where=where,
                    hint="import rows that share their messages, a file for each such set",
                )
            shared = ahead
            ideal = [row.ideal] if isinstance(row.ideal, str) else row.ideal
            if not ideal:
                raise DataError("has no ideal answer", where=where, hint=HINT)
            several += len(ideal) > 1
            items.append(ImportedItem(turns[-1].content, ideal[0]))
    if shared is None:
        raise DataError("holds no rows", where=str(path), hint=HINT)
    notes = [
        f"{counted(several, 'row has', 'rows have')} several ideal answers: the first is the label"
    ] * bool(several)
    prompt = ImportedPrompt("imported", [*shared, Message("user", MARK)])
    return Imported([prompt], items, notes=notes)


def _row(line: bytes, where: str) -> _Row:
    try:
        value: Any = json.loads(line)
        return msgspec.convert(value, _Row)
    except (ValueError, RecursionError) as error:
        raise DataError(f"is no row of an eval: {error}", where=where, hint=HINT) from None
