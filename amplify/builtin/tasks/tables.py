"""Users' own data: JSON lines and CSV, columns by name."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from amplify import Context, DataError, Dataset, PlanError
from amplify.builtin.files import Lines, locate, parse_json
from amplify.builtin.options import CsvOptions, JsonLinesOptions
from amplify.builtin.tasks.build import Row, build


class JsonLines:
    """Reads a file with one JSON object a line; blank lines are skipped."""

    def __init__(self, options: JsonLinesOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def load(self) -> Dataset:
        """The data set of the file; DataError with file and line where it cannot be read."""
        options = self.options
        path = locate(self.context, options.path)
        lines = Lines(path)
        rows = [
            _row(record, options, path, line, index)
            for index, (line, record) in enumerate(self.records(lines))
        ]
        source = {"path": options.path, "sha256": lines.digest, "items": len(rows)}
        return build(
            path.stem,
            rows,
            source=source,
            instruction=options.instruction,
            answers=options.answers,
            labels=options.labels,
        )

    def records(self, lines: Lines) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Each record and the line at which it begins."""
        for text in lines:
            if text.strip():
                value = parse_json(text, lines.path, lines.number)
                if not isinstance(value, dict):
                    raise DataError("is no JSON object", where=f"{lines.path}:{lines.number}")
                yield lines.number, value


class Csv(JsonLines):
    """Reads a table with a header line; a quoted cell may go over several lines."""

    def records(self, lines: Lines) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Each record and the line at which it ends."""
        assert isinstance(self.options, CsvOptions)
        delimiter = {"\\t": "\t", "tab": "\t"}.get(self.options.delimiter, self.options.delimiter)
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise PlanError(
                f"{delimiter!r} is no delimiter", where="task csv", hint='one character, or "tab"'
            )
        header: list[str] | None = None
        try:
            for cells in csv.reader(lines, delimiter=delimiter, strict=True):
                if not cells:
                    continue
                where = f"{lines.path}:{lines.number}"
                if header is None:
                    header = _header(cells, where)
                elif len(cells) != len(header):
                    raise DataError(
                        f"has {len(cells)} cells; the header names {len(header)} columns",
                        where=where,
                        hint="a cell that holds the delimiter or a line break needs quotes",
                    )
                else:
                    yield lines.number, dict(zip(header, cells, strict=True))
        except csv.Error as error:
            raise DataError(f"is not CSV: {error}", where=f"{lines.path}:{lines.number}") from None


def _header(cells: list[str], where: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise DataError(f"two columns are named {twice[0]!r}", where=where)
    return header


def _row(
    record: Mapping[str, Any], options: JsonLinesOptions, path: Path, line: int, index: int
) -> Row:
    where = f"{path}:{line}"
    label = _cell(record, options.label, where).strip()
    name = _cell(record, options.id, where) if options.id else f"{path.stem}-{index:04d}"
    return Row(name, _cell(record, options.text, where), label)


def _cell(record: Mapping[str, Any], column: str, where: str) -> str:
    """The text of a cell; numbers and truth values as JSON writes them."""
    if column not in record:
        near = difflib.get_close_matches(column, record, n=1)
        raise DataError(
            f"there is no column {column!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
            where=where,
            hint=f"columns: {', '.join(record) or 'none'}; say which of them is which in [task]:"
            ' label = "NAME", text = "NAME"',
        )
    value = record[column]
    if isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, (int, float)):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        kind = "is empty" if isinstance(value, str) or value is None else "holds no text"
        raise DataError(f"column {column!r} {kind}", where=where)
    return value
