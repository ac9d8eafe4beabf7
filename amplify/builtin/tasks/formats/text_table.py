"""CSV, TSV and JSON lines: delimiter and header are found out where the plan does not say them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from amplify import Context
from amplify.builtin.files import Lines
from amplify.builtin.tasks.csv_dialect import DELIMITERS, delimiter_of, long_cells
from amplify.builtin.tasks.formats.compressed import open_unpacked
from amplify.builtin.tasks.formats.guess_columns import has_known_name, is_header
from amplify.builtin.tasks.formats.table import SAMPLE, Rows, Table
from amplify.builtin.tasks.options import CsvOptions, DataOptions, JsonLinesOptions
from amplify.builtin.tasks.tables import Csv, JsonLines


class UnpackedCsv(Csv):
    """A CSV table that may be compressed."""

    def open_lines(self, path: Path) -> Lines:
        """The lines of the file, unpacked."""
        return Lines(path, self.options.encoding, open_unpacked)


class UnpackedJsonLines(JsonLines):
    """JSON lines that may be compressed."""

    def open_lines(self, path: Path) -> Lines:
        """The lines of the file, unpacked."""
        return Lines(path, self.options.encoding, open_unpacked)


def read_json_lines(path: Path, encoding: str, context: Context) -> Table:
    """The table of a file with one JSON object a line."""
    reader = UnpackedJsonLines(JsonLinesOptions(path=str(path), encoding=encoding), context)
    lines = reader.open_lines(path)

    def rows(text: str, label: str) -> Rows:
        nonlocal lines
        lines = reader.open_lines(path)
        yield from reader.records(lines)

    table = Table((), rows, lambda: lines.digest)
    table.columns = tuple(dict.fromkeys(key for record in table.sample() for key in record))
    return table


def read_csv(
    path: Path, options: DataOptions, encoding: str, context: Context, used: Sequence[str]
) -> Table:
    """The table of a CSV file; `used` are the columns that the plan names.

    Delimiter and header that the options leave open are those which the first rows show. Without a
    header the columns are called 1, 2, 3, …
    """
    delimiter, first_rows = _sampled(path, options, encoding, used)
    width = Counter(map(len, first_rows)).most_common(1)[0][0] if first_rows else 0
    columns = options.columns
    settled: dict[str, Any] = {"delimiter": _word(delimiter)}
    header = [cell.strip() for cell in first_rows[0]] if first_rows else []
    bare = options.header == "no" or (
        options.header == "auto" and not set(used) & set(header) and not is_header(first_rows)
    )
    if not columns and bare:
        columns = tuple(str(number) for number in range(1, width + 1))
        settled["header"] = "no"
    names = columns or tuple(header)
    body = first_rows if columns else first_rows[1:]
    lines = Lines(path, encoding, open_unpacked)

    def rows(text: str, label: str) -> Rows:
        nonlocal lines
        reading = CsvOptions(
            path=str(path),
            text=text,
            label=label,
            columns=columns,
            delimiter=delimiter,
            quoting=options.quoting,
            encoding=encoding,
        )
        reader = UnpackedCsv(reading, context)
        lines = reader.open_lines(path)
        with long_cells():
            yield from reader.records(lines)
        table.notes += reader.notes

    table = Table(names, rows, lambda: lines.digest, settled=settled)
    # A text with a comma in each line is no table; one with named columns, or with tabs, is.
    named = bool(set(used) & set(names)) or (not bare and has_known_name(names))
    sure = bool(options.columns) or options.delimiter != "auto" or delimiter == "\t"
    whole = _regularity(first_rows) == (1.0, len(names)) and len(names) > 1
    table.regular = named or (sure and whole)
    table.first_rows = [dict(zip(names, cells, strict=False)) for cells in body]
    return table


def _sampled(
    path: Path, options: DataOptions, encoding: str, used: Sequence[str]
) -> tuple[str, list[list[str]]]:
    """The delimiter of the table, and its first rows that are not blank."""

    def opened() -> Lines:
        return Lines(path, encoding, open_unpacked)

    with long_cells():
        if options.delimiter != "auto":
            marks = [delimiter_of(options.delimiter, opened, ())]
        else:
            marks = list(dict.fromkeys(DELIMITERS.values()))
        samples = {mark: _first_rows(opened(), mark) for mark in marks}
    for mark, rows in samples.items():
        if rows and used and set(used) <= {cell.strip() for cell in rows[0]}:
            return mark, rows
    best = max(samples, key=lambda mark: _regularity(samples[mark]))
    return best, samples[best]


def _first_rows(lines: Lines, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for cells in islice(csv.reader(lines, delimiter=delimiter), SAMPLE):
            if any(map(str.strip, cells)):
                rows.append(cells)
    except csv.Error:  # the reader of the whole file says where
        pass
    return rows


def _regularity(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """How well a delimiter fits: the share of rows of the usual width, if that is 2 or more."""
    if not rows:
        return 0.0, 0
    width, count = Counter(map(len, rows)).most_common(1)[0]
    return (count / len(rows), width) if width > 1 else (0.0, width)


def _word(delimiter: str) -> str:
    return next((word for word, mark in DELIMITERS.items() if mark == delimiter), delimiter)
