"""The file of labelled texts: rows are added as they come, and read back to go on."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from amplify.contract.data import Prediction
from amplify.contract.errors import DataError
from amplify.contract.guard.spreadsheet import inert
from amplify.run.prompt.inputs import InputRow
from amplify.run.store.files import NO_LINK, UNFINISHED, make_folder, writing
from amplify.run.store.read_back import open_stored, reading

ResultFormat = Literal["csv", "jsonl"]

PLACES = 6
"""The decimal places of probabilities: a local model's last digits are not the same twice."""

LONGEST_CELL = 2**31 - 1

ANOTHER = "name another file with -o"
"""What to do where the file is of no use."""

AGAIN = ("failed", "prepared")
"""The statuses of texts that are asked about again."""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What the file has of a text: its place in the file, the text, and what became of it."""

    row: int
    text: str
    label: str | None
    status: str
    line: str


class _JsonRow(msgspec.Struct):
    """The keys of a row of JSON lines that are read back."""

    row: int
    text: str
    label: str | None
    status: str


@dataclass(frozen=True)
class Results:
    """How labelled texts are written: as CSV or JSON lines, with a column for each label's
    probability where the prompt ranks (`probable`), for the true label (`labelled`), and for the
    ids that the texts have in their file (`named`)."""

    form: ResultFormat
    labels: Sequence[str] = ()
    probable: bool = False
    labelled: bool = False
    named: bool = False

    @property
    def columns(self) -> list[str]:
        """The header of a CSV file; `status` comes last, so that a row that was cut off shows."""
        probable = [f"p({label})" for label in self.labels] if self.probable else []
        truth = ["true_label"] if self.labelled else []
        return [
            "row",
            *(["id"] if self.named else []),
            "text",
            *truth,
            "label",
            *probable,
            "error",
            "status",
        ]

    def header(self) -> str:
        """What the file begins with."""
        return self._csv(self.columns) if self.form == "csv" else ""

    def line(self, number: int, item: InputRow, prediction: Prediction) -> str:
        """The row of a text, `number` of which counts from 1."""
        label = prediction.answer if prediction.status == "answered" else None
        probabilities = {name: round(p, PLACES) for name, p in prediction.probabilities}
        if self.form == "jsonl":
            row: dict[str, Any] = {"row": number}
            row |= {"id": item.id} if self.named else {}
            row |= {"text": item.text}
            row |= {"true_label": item.label} if self.labelled else {}
            row |= {"label": label}
            row |= {"probabilities": probabilities} if probabilities else {}
            row |= {"reply": prediction.reply, "error": prediction.error}
            return json.dumps(row | {"status": prediction.status}, ensure_ascii=False) + "\n"
        cells: list[Any] = [number, *([item.id] if self.named else []), item.text]
        cells += [item.label] if self.labelled else []
        cells += [label]
        if self.probable:
            cells += [probabilities.get(name) for name in self.labels]
        return self._csv([*cells, prediction.error, prediction.status])

    def shown(self, text: str) -> str:
        """The text as the file has it."""
        kept = text.encode("utf-8", "replace").decode()
        return kept if self.form == "jsonl" else inert(kept)

    def stored(self, path: Path) -> Iterator[ResultRow]:
        """The whole rows of a file that was written before; what follows them is cut off.

        DataError where the file is not one of these results.
        """
        with reading(path, "cannot be read", ANOTHER), open_stored(path) as file:
            lines = _Whole(file)
            yield from (
                self._json_rows(lines, path)
                if self.form == "jsonl"
                else self._csv_rows(lines, path)
            )

    def _json_rows(self, lines: _Whole, path: Path) -> Iterator[ResultRow]:
        for line in lines:
            try:
                row = msgspec.json.decode(line, type=_JsonRow)
            except (ValueError, RecursionError):
                raise _no_result(f"{path}:{lines.number}") from None
            yield ResultRow(row.row, row.text, row.label, row.status, line)
            lines.keep()

    def _csv_rows(self, lines: _Whole, path: Path) -> Iterator[ResultRow]:
        csv.field_size_limit(LONGEST_CELL)
        reader, columns = csv.reader(lines), self.columns
        text, place = columns.index("text"), columns.index("label")
        try:
            if next(reader, columns) != columns:
                raise ValueError("another header")
            lines.keep()
            for cells in reader:
                if len(cells) != len(columns):
                    return  # it was cut off while it was written
                number, line = int(cells[0]), "".join(lines.pending)
                yield ResultRow(number, cells[text], cells[place], cells[-1], line)
                lines.keep()
        except (ValueError, csv.Error):
            raise _no_result(f"{path}:{max(lines.number, 1)}") from None

    def _csv(self, cells: Sequence[Any]) -> str:
        text = io.StringIO()
        row = [inert(cell) if isinstance(cell, str) else cell for cell in cells]
        # A writer whose rows end in both puts quotes around a carriage return too.
        csv.writer(text, lineterminator="\r\n").writerow(row)
        return text.getvalue().removesuffix("\r\n") + "\n"


class _Whole:
    """The lines of a file that end in a line break; `pending` are those of the row being read."""

    def __init__(self, file: Iterable[bytes]) -> None:
        self.file = iter(file)
        self.number = 0
        self.pending: list[str] = []

    def keep(self) -> None:
        """A row was read whole."""
        self.pending.clear()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.file)
        if not line.endswith(b"\n"):
            raise StopIteration
        self.number += 1
        text = line.decode("utf-8", "replace")
        self.pending.append(text)
        return text


def begin(path: Path, header: str) -> None:
    """Make the file, with its header; DataError where something of this name is there."""
    with writing(path):
        make_folder(path.parent)
        try:
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINK, 0o600)
        except FileExistsError:
            raise already_there(path) from None
        with open(number, "w", encoding="utf-8", newline="") as file:
            file.write(header)


def already_there(path: Path) -> DataError:
    """The error that a file is to be begun whose name is taken."""
    if path.exists() and not path.is_file():
        hint = "name a file; without -o the rows are printed"
        return DataError("is no regular file", where=str(path), hint=hint)
    hint = f"go on with it with --resume, or {ANOTHER}"
    return DataError("is there already", where=str(path), hint=hint)


def append(path: Path, rows: str) -> None:
    """Add rows to a file that was begun; they are with the operating system when this returns."""
    with writing(path), path.open("a", encoding="utf-8", errors="replace", newline="") as file:
        file.write(rows)


def retried_beside(path: Path) -> Path:
    """The file beside a file of results in which rows wait that were asked about again."""
    return path.with_name(f"{path.name}.retried")


def merge_retried(results: Results, path: Path) -> int:
    """Write the file anew, with the rows that were asked about again in place of the old ones; how
    many rows it has.

    What was cut off at its end is gone, and so is the file of the rows that were asked about again.
    """
    count, retried = 0, retried_beside(path)
    mended = {row.row: row.line for row in results.stored(retried)} if retried.exists() else {}
    with writing(path):
        number, part = tempfile.mkstemp(UNFINISHED, f"{path.name}.", path.parent)
        try:
            with open(number, "w", encoding="utf-8", errors="replace", newline="") as file:
                file.write(results.header())
                for row in results.stored(path):
                    file.write(mended.get(row.row, row.line))
                    count += 1
            os.replace(part, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(part)
            raise
        retried.unlink(missing_ok=True)
    return count


def _no_result(where: str) -> DataError:
    return DataError(
        "is not what this command wrote with this prompt",
        where=where,
        hint=ANOTHER,
    )
