"""Find out how a CSV file is written: its delimiter, and whether its quotes enclose cells."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from amplify import PlanError
from amplify.builtin.files import MAX_LINE, Lines

DELIMITERS = {"comma": ",", "tab": "\t", "\\t": "\t", "semicolon": ";", "pipe": "|"}
"""Delimiters by name; they are tried in turn where the plan names none."""

SAMPLE_ROWS = 20
"""Rows of a table without a header by which its delimiter is found."""


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How a table is written.

    `quoted`: a cell may stand in double quotes. `padded`: blanks may stand before these quotes.
    """

    delimiter: str
    quoted: bool
    padded: bool = False

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The cells of each row; csv.Error where the quotes are unbalanced."""
        if self.quoted:
            return csv.reader(
                lines, delimiter=self.delimiter, strict=True, skipinitialspace=self.padded
            )
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)


@contextmanager
def long_cells() -> Iterator[None]:
    """Let a cell be as long as a line may be, until the block ends.

    The csv module has one limit for the whole process.
    """
    before = csv.field_size_limit(MAX_LINE)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def delimiter_of(
    plan_delimiter: str, open_lines: Callable[[], Lines], wanted: Collection[str]
) -> str:
    """The delimiter that the plan names; with "auto", the one by which the header is read.

    That is the first by which the header has the `wanted` columns; where none does, the one that
    makes the most columns. `open_lines` opens the table's lines from the beginning.
    """
    if plan_delimiter != "auto":
        delimiter = DELIMITERS.get(plan_delimiter, plan_delimiter)
        if len(delimiter) != 1 or delimiter in '"\r\n':
            raise PlanError(
                f"{delimiter!r} is no delimiter",
                where="task csv",
                hint=f'one character, "auto", or one of {", ".join(DELIMITERS)}',
            )
        return delimiter
    headers = {}
    for delimiter in dict.fromkeys(DELIMITERS.values()):
        rows = _first_rows(open_lines(), delimiter, 1)
        headers[delimiter] = [cell.strip() for cell in rows[0]] if rows else []
    fitting = [delimiter for delimiter, names in headers.items() if set(wanted) <= set(names)]
    return fitting[0] if fitting else max(headers, key=lambda delimiter: len(headers[delimiter]))


def delimiter_by_width(plan_delimiter: str, open_lines: Callable[[], Lines], width: int) -> str:
    """The delimiter of a table without a header; with "auto", by which rows have `width` cells.

    Where rows have so many cells by none, it is the delimiter that makes the most.
    """
    if plan_delimiter != "auto":
        return delimiter_of(plan_delimiter, open_lines, ())
    rows = {
        delimiter: _first_rows(open_lines(), delimiter, SAMPLE_ROWS)
        for delimiter in dict.fromkeys(DELIMITERS.values())
    }
    return max(
        rows,
        key=lambda delimiter: (
            sum(len(row) == width for row in rows[delimiter]),
            max(map(len, rows[delimiter]), default=0),
        ),
    )


def unquoted_at(
    open_lines: Callable[[], Lines], delimiter: str, label: str, columns: Sequence[str]
) -> int:
    """The first line with a quote that is text; 0 where quotes enclose cells, or there are none.

    Quotes are text where every line is a whole row without them, and where as enclosing quotes
    they would end within a cell, or join lines and thereby swallow only labels that other rows
    have too (with tabs as delimiters, any labels: cells hardly ever hold a tab). Where most quotes
    enclose a cell, all of them are taken as enclosing, and a fault is reported as a fault. The
    column `label` is looked for in `columns`, or, where these are empty, in the header.
    """
    width = stray = enclosing = first = 0
    for line in (lines := open_lines()):
        if line.strip():
            cells = line.rstrip("\r\n").split(delimiter)
            width = width or len(cells)
            if width < 2 or len(cells) != width:
                return 0
            quotes = [cell for cell in cells if '"' in cell]
            whole = sum(len(c) > 1 and c[0] == c[-1] == '"' and c.count('"') == 2 for c in quotes)
            enclosing, stray = enclosing + whole, stray + len(quotes) - whole
            first = first or (lines.number if stray else 0)
    if stray <= enclosing:
        return 0
    try:
        unquoted = _labels(CsvDialect(delimiter, False), open_lines(), label, columns)
    except csv.Error:  # a carriage return in a cell: the reader refuses it with its line
        return 0
    if any('"' in (name[:1], name[-1:]) for name in unquoted):
        return 0
    try:
        quoted = _labels(CsvDialect(delimiter, True), open_lines(), label, columns)
    except csv.Error:
        return first
    harmless = set(unquoted) <= set(quoted) or (delimiter == "\t" and "" not in unquoted)
    return first if quoted.total() < unquoted.total() and harmless else 0


def padded_at(open_lines: Callable[[], Lines], delimiter: str) -> int:
    """The first line with blanks before the quotes of a cell; 0 where there is none.

    Such quotes enclose cells only where the table then has as many rows as it has if they are
    text, all of one width; else the answer is 0 too.
    """
    pattern = re.compile(rf'(?:^|{re.escape(delimiter)}) +"')
    if not any(pattern.search(line) for line in open_lines()):
        return 0
    first, widths = 0, set()
    plain, padded = CsvDialect(delimiter, True), CsvDialect(delimiter, True, padded=True)
    lines = open_lines()
    try:
        for cells, unpadded in zip(plain.rows(lines), padded.rows(open_lines()), strict=True):
            if any(map(str.strip, cells)):
                widths.add(len(unpadded))
                if [cell.lstrip(" ") for cell in cells] != [cell.lstrip(" ") for cell in unpadded]:
                    first = first or lines.number
    except (csv.Error, ValueError):  # ValueError: the quotes make one row of several
        return 0
    return first if len(widths) == 1 else 0


def _labels(dialect: CsvDialect, lines: Lines, label: str, columns: Sequence[str]) -> Counter[str]:
    """The cells of the label column, counted; empty where there is no such column."""
    rows = ([cell.strip() for cell in row] for row in dialect.rows(lines))
    filled = (row for row in rows if any(row))
    header = list(columns) or next(filled, [])
    if label not in header:
        return Counter()
    column = header.index(label)
    return Counter(row[column] for row in filled if len(row) == len(header))


def _first_rows(lines: Lines, delimiter: str, count: int) -> list[list[str]]:
    """The first `count` rows that are not blank, up to one that cannot be read."""
    rows: list[list[str]] = []
    try:
        for cells in islice(filter(None, csv.reader(lines, delimiter=delimiter)), count):
            rows.append(cells)
    except csv.Error:
        pass
    return rows
