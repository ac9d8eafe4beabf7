"""Users' own data: JSON lines and CSV, columns by name."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from amplify import Context, DataError, Dataset, PlanError, counted, shell_word
from amplify.builtin.files import Lines, locate, parse_json
from amplify.builtin.tasks.columns import ColumnReader
from amplify.builtin.tasks.csv_dialect import (
    CsvDialect,
    delimiter_by_width,
    delimiter_of,
    long_cells,
    padded_at,
    unquoted_at,
)
from amplify.builtin.tasks.dataset import build_dataset
from amplify.builtin.tasks.options import CsvOptions, JsonLinesOptions
from amplify.builtin.tasks.swallowed_rows import SwallowedRows

Records = Iterator[tuple[int, Mapping[str, Any]]]


class JsonLines:
    """Reads a file with one JSON object a line; blank lines are skipped."""

    naming_hint = ""
    """Added to the hint of the error for a column that is not there."""

    def __init__(self, options: JsonLinesOptions, context: Context) -> None:
        self.options = options
        self.context = context
        self.notes: list[str] = []

    def load(self) -> Dataset:
        """The data set of the file; DataError with file and line where it cannot be read."""
        options = self.options
        self.notes.clear()
        path = locate(self.context, options.path)
        lines = self.open_lines(path)
        columns = ColumnReader(options, path, self.naming_hint)
        for line, record in self.records(lines):
            columns.add(record, line)
        if not lines.number:
            raise DataError("the file holds no examples: it is empty", where=str(path))
        return build_dataset(
            path.stem,
            columns.rows,
            source={"path": options.path, "sha256": lines.digest, "items": len(columns.rows)},
            instruction=options.instruction,
            answers=options.answers,
            labels=options.labels,
            merge_labels=options.merge_labels,
            notes=[*self.notes, *columns.notes()],
        )

    def open_lines(self, path: Path) -> Lines:
        """The lines of the file, from the first."""
        return Lines(path, self.options.encoding)

    def records(self, lines: Lines) -> Records:
        """Each record and the line at which it begins."""
        for text in lines:
            where = f"{lines.path}:{lines.number}"
            text = text.removeprefix("\ufeff")
            if not text.strip():
                continue
            try:
                value = parse_json(text, lines.path, lines.number, _object)
            except DataError as error:
                error.hint = error.hint or _other_form(text, lines)
                raise
            if isinstance(value, list):
                raise DataError(
                    "is a JSON array; one object a line is wanted",
                    where=where,
                    hint=f"jq -c '.[]' {shell_word(lines.path.name)} > NEW.jsonl",
                )
            if not isinstance(value, dict):
                raise DataError("is no JSON object", where=where, hint=_other_form(text, lines))
            yield lines.number, value


class Csv(JsonLines):
    """Reads a table with a header line; a quoted cell may go over several lines."""

    naming_hint = '; in a file without a header, columns = ["NAME", ...]'

    def load(self) -> Dataset:
        """The data set of the table; DataError with file and line where it cannot be read."""
        with long_cells():
            return super().load()

    def records(self, lines: Lines) -> Records:
        """Each record and the line at which it begins."""
        dialect = self._dialect(lines.path)
        header, swallowed = list(self._options.columns), SwallowedRows(dialect.delimiter)
        label = self._options.label
        begins = 1
        try:
            for cells in dialect.rows(lines):
                where, ends = f"{lines.path}:{begins}", lines.number
                if not any(map(str.strip, cells)):
                    pass  # a blank line, or nothing but delimiters
                elif not header:
                    header = [cell.strip() for cell in cells]
                    self._check_header(header, cells, where)
                elif len(cells) != len(header):
                    raise DataError(
                        f"has {counted(len(cells), 'cell')}; the header names"
                        f" {counted(len(header), 'column')}",
                        where=where,
                        hint="a cell that holds the delimiter or a line break needs quotes",
                    )
                elif _other_order(header, cells, (self.options.text, self._decisive)):
                    raise DataError(
                        f"names the columns again, as {', '.join(map(str.strip, cells))}, in"
                        " another order than the header: the rows after it would be misread",
                        where=where,
                        hint=f"where files are joined, give all of them the order of the first:"
                        f" {', '.join(header)}",
                    )
                else:
                    record = dict(zip(header, cells, strict=True))
                    yield begins, record
                    place = header.index(label) if label else None
                    swallowed.look(cells, place, begins, ends)
                begins = ends + 1
        except csv.Error as error:
            raise _not_csv(error, f"{lines.path}:{begins}") from None
        self.notes += swallowed.notes(lines.path.name)

    @property
    def _decisive(self) -> str:
        """The column by which stray quotes are recognised: the label, else the text."""
        return self.options.label or self.options.text

    @property
    def _options(self) -> CsvOptions:
        assert isinstance(self.options, CsvOptions)
        return self.options

    def _dialect(self, path: Path) -> CsvDialect:
        """How this file is written: as the plan says, else as its lines show, which is noted."""
        options = self._options

        def opened() -> Lines:
            return self.open_lines(path)

        wanted = [name for name in (options.text, options.label, options.id) if name]
        if options.columns:
            _check_columns(options.columns, wanted)
            delimiter = delimiter_by_width(options.delimiter, opened, len(options.columns))
        else:
            delimiter = delimiter_of(options.delimiter, opened, wanted)
        quoted = options.quoting == "standard"
        if options.quoting == "auto":
            line = unquoted_at(opened, delimiter, self._decisive, options.columns)
            quoted = not line
            if line:
                self.notes.append(
                    f"quotes are read as text, as at {path.name}:{line}: then every line is a row,"
                    ' and as quotes they would break or join some; quoting = "standard" says'
                    " otherwise"
                )
        padded = padded_at(opened, delimiter) if quoted and options.quoting == "auto" else 0
        if padded:
            self.notes.append(
                f"blanks between a delimiter and a quote are passed over, as at {path.name}:"
                f'{padded}; quoting = "standard" says otherwise'
            )
        return CsvDialect(delimiter, quoted, bool(padded))

    def _check_header(self, header: list[str], cells: list[str], where: str) -> None:
        """Refuse a header that names a column of the plan twice, or that is JSON."""
        options = self._options
        counts = Counter(header)
        for name in (options.text, options.label, options.id):
            if name and counts[name] > 1:
                raise DataError(f"two columns are named {name!r}", where=where)
        if cells[0].lstrip().startswith(("{", "[")) and options.text not in header:
            raise DataError("is JSON, no table", where=where, hint='use = "jsonl" reads JSON lines')


def _other_order(header: Sequence[str], cells: Sequence[str], read: Sequence[str]) -> bool:
    """Whether the cells are a second header, with the columns that are `read` in another order."""
    names = [cell.strip().lstrip("\ufeff") for cell in cells]
    return set(read) <= set(names) and any(
        name in header and names[header.index(name)] != name for name in read
    )


def _check_columns(columns: Sequence[str], wanted: Sequence[str]) -> None:
    for name in wanted:
        if columns.count(name) != 1:
            raise PlanError(
                f"columns names {name!r} {columns.count(name)} times",
                where="task csv",
                hint=f"each column that is read stands there once: {', '.join(wanted)}",
            )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The JSON object of these keys and values; ValueError for a key that comes twice."""
    value = dict(pairs)
    if len(value) < len(pairs):
        twice = next(name for name, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {twice!r} stands twice in an object")
    return value


def _other_form(text: str, lines: Lines) -> str:
    """A hint for a line that is no JSON object: how to read a file of the form that it shows."""
    name, line = shell_word(lines.path.name), text.strip()
    begun = line.startswith(("[", "{")) and not line.endswith(("]", "}", ","))
    if line in ("[", "{") or (begun and lines.number == 1):
        query = "'.[]'" if line.startswith("[") else "."
        return f"one object a line is wanted: jq -c {query} {name} > NEW.jsonl"
    if line.startswith("{'"):
        return "JSON writes texts in double quotes: json.dumps does"
    if lines.number == 1 and not line.startswith("{") and any(mark in text for mark in ",;\t|"):
        return 'a table with a header is read with use = "csv"'
    return "one object a line is wanted"


def _not_csv(error: csv.Error, where: str) -> DataError:
    """The csv module's error as a DataError at the row's first line, with a hint."""
    reason = str(error)
    if "new-line" in reason:
        hint = "lines that end in a carriage return alone: tr '\\r' '\\n' < FILE > NEW"
    else:
        hint = (
            "a quote that stands in a text is written twice, in a cell that stands in quotes; where"
            ' quotes are text, say quoting = "none"'
        )
    return DataError(f"is not CSV: {reason}", where=where, hint=hint)
