"""Reads the texts to be labelled one after the other: CSV, JSON lines, or a text a line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

from amplify.contract.errors import DataError
from amplify.contract.guard.brief import brief
from amplify.contract.suggest import did_you_mean
from amplify.run.store.read_back import open_stored

InputFormat = Literal["auto", "csv", "jsonl", "lines"]

BY_SUFFIX: Mapping[str, InputFormat] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "lines",
}

TEXTS = ("text", "sentence", "message", "review", "content", "input", "question", "title")
"""What a column of texts is called, where nobody says it."""

LABELS = ("label", "category", "class", "target", "sentiment", "intent")
"""What a column of labels is called, where nobody says it."""

DELIMITERS = ",;\t|"

LONGEST_CELL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class InputRow:
    """A text to be labelled; `place` is its file and line, `label` its true label where it has
    one."""

    text: str
    place: str
    label: str | None = None


@dataclass(frozen=True)
class Columns:
    """The columns that are read: as the user says, else as the prompt's data had them, else by
    their usual names.

    `labelled` says that a column of labels is needed.
    """

    text: str | None = None
    label: str | None = None
    known: Mapping[str, str] | None = None
    labelled: bool = False

    def choose(self, names: Sequence[str], where: str) -> tuple[str, str | None]:
        """The column of texts and that of labels; DataError where there is none."""
        known = self.known or {}
        usual_texts = [known.get("text", ""), *TEXTS]
        text = self._column(self.text, usual_texts, names, where, "--text")
        if not self.labelled:
            return text, None
        usual_labels = [known.get("label", ""), *LABELS]
        return text, self._column(self.label, usual_labels, names, where, "--label")

    def _column(
        self,
        wanted: str | None,
        usual: Sequence[str],
        names: Sequence[str],
        where: str,
        option: str,
    ) -> str:
        if wanted is not None:
            if wanted in names:
                return wanted
            hint = did_you_mean(wanted, names) or f"its columns: {', '.join(map(brief, names))}"
            raise DataError(f"there is no column {brief(wanted)}", where=where, hint=hint)
        by_form = {name.strip().casefold(): name for name in reversed(names)}
        for name in usual:
            if name in names:
                return name
            if name and name.casefold() in by_form:
                return by_form[name.casefold()]
        if option == "--text" and len(names) == 1:
            return names[0]
        what = "texts" if option == "--text" else "labels"
        raise DataError(
            f"which column has the {what} is not known",
            where=where,
            hint=f"name it with {option}; its columns: {', '.join(map(brief, names))}",
        )


def read_inputs(
    paths: Sequence[Path], stdin: BinaryIO, form: InputFormat, columns: Columns
) -> Iterator[InputRow]:
    """The rows of the files, one file after the other; `-` is what comes on `stdin`.

    DataError with file and line where a row cannot be read.
    """
    for path in paths:
        if str(path) == "-":
            yield from _rows(stdin, "standard input", form, columns)
            continue
        try:
            file = open_stored(path)
        except OSError as error:
            raise DataError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
        with file:
            suffix = BY_SUFFIX.get(path.suffix.lower(), "auto")
            yield from _rows(file, str(path), suffix if form == "auto" else form, columns)


def _rows(
    file: BinaryIO | IO[bytes], where: str, form: InputFormat, columns: Columns
) -> Iterator[InputRow]:
    lines = _decoded(file, where)
    if form == "auto":
        first = next(lines, None)
        if first is None:
            return
        form, lines = _form_of(first), chain([first], lines)
    if form == "jsonl":
        yield from _json_lines(lines, where, columns)
    elif form == "csv":
        yield from _csv(lines, where, columns)
    else:
        yield from _plain_lines(lines, where, columns)


def _form_of(line: str) -> InputFormat:
    """JSON lines where the first line begins an object; CSV where it is a header; else lines."""
    if line.lstrip().startswith("{"):
        return "jsonl"
    cells = [cell.strip(' "\r\n').casefold() for cell in line.split(_delimiter(line))]
    return "csv" if {*cells} & {*TEXTS} else "lines"


def _decoded(file: BinaryIO | IO[bytes], where: str) -> Iterator[str]:
    """The lines, with their line breaks."""
    for number, line in enumerate(file, 1):
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"is no UTF-8: byte {error.object[error.start]:#04x}",
                where=f"{where}:{number}",
                hint="iconv -f ENCODING -t UTF-8 makes it so",
            ) from None
        yield text.removeprefix("\ufeff") if number == 1 else text


def _json_lines(lines: Iterator[str], where: str, columns: Columns) -> Iterator[InputRow]:
    chosen: tuple[str, str | None] | None = None
    for number, line in enumerate(lines, 1):
        place = f"{where}:{number}"
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise DataError("is no JSON", where=place, hint="one object a line is wanted") from None
        if not isinstance(record, dict):
            raise DataError("is no JSON object", where=place, hint="one object a line is wanted")
        chosen = chosen or columns.choose([*record], place)
        yield _row(record, chosen, place)


def _csv(lines: Iterator[str], where: str, columns: Columns) -> Iterator[InputRow]:
    first = next(lines, None)
    if first is None:
        return
    counted = _Counted(chain([first], lines))
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(counted, delimiter=_delimiter(first), strict=True)
    chosen: tuple[str, str | None] | None = None
    header: list[str] = []
    begins = 1
    try:
        for cells in reader:
            place, begins = f"{where}:{begins}", counted.number + 1
            if not any(map(str.strip, cells)):
                continue
            if not header:
                header = [cell.strip() for cell in cells]
                chosen = columns.choose(header, place)
                continue
            if len(cells) != len(header):
                raise DataError(
                    f"has {len(cells)} cells; the header names {len(header)} columns",
                    where=place,
                    hint="a cell that holds the delimiter or a line break needs quotes",
                )
            assert chosen is not None
            yield _row(dict(zip(header, cells, strict=True)), chosen, place)
    except csv.Error as error:
        raise DataError(f"is not CSV: {error}", where=f"{where}:{begins}") from None


def _plain_lines(lines: Iterator[str], where: str, columns: Columns) -> Iterator[InputRow]:
    if columns.labelled:
        raise DataError(
            "a text a line has no labels",
            where=where,
            hint="a CSV file with a header or JSON lines have them: --format",
        )
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield InputRow(line.rstrip("\r\n"), f"{where}:{number}")


def _row(record: Mapping[str, Any], chosen: tuple[str, str | None], place: str) -> InputRow:
    text, label = chosen
    return InputRow(
        _cell(record, text, place), place, None if label is None else _cell(record, label, place)
    )


def _cell(record: Mapping[str, Any], name: str, place: str) -> str:
    value = record.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise DataError(f"column {brief(name)} holds no text", where=place)
    return value if isinstance(value, str) else str(value)


def _delimiter(line: str) -> str:
    """The delimiter that stands most often in the header."""
    return max(DELIMITERS, key=line.count)


class _Counted:
    """Lines, and how many of them were read."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.number += 1
        return line
