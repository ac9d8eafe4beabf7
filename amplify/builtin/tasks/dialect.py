"""How a table is written: what stands between its columns, and whether quotes are quotes."""

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

NAMES = {"comma": ",", "tab": "\t", "\\t": "\t", "semicolon": ";", "pipe": "|"}
"""Delimiters by name; those that are tried where the plan says none."""

FIRST = 20
"""Rows by which a table without a header is known."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The delimiter, and whether a cell may stand in double quotes, with blanks before them."""

    delimiter: str
    quoted: bool
    padded: bool = False

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The cells of each row; csv.Error where quotes are not as they should be."""
        if self.quoted:
            return csv.reader(
                lines, delimiter=self.delimiter, strict=True, skipinitialspace=self.padded
            )
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)


@contextmanager
def long_cells() -> Iterator[None]:
    """Lets a cell be as long as a line may be: the limit of the csv module is the process's."""
    before = csv.field_size_limit(MAX_LINE)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def delimiter_of(given: str, open_lines: Callable[[], Lines], wanted: Collection[str]) -> str:
    """The delimiter that the plan gives; else that by which the header names the `wanted` columns.

    Where none does, it is the one that makes the most columns.
    """
    if given != "auto":
        found = NAMES.get(given, given)
        if len(found) != 1 or found in '"\r\n':
            raise PlanError(
                f"{found!r} is no delimiter",
                where="task csv",
                hint=f'one character, "auto", or one of {", ".join(NAMES)}',
            )
        return found
    headers = {one: _rows(open_lines(), one, 1) for one in dict.fromkeys(NAMES.values())}
    cells = {one: [c.strip() for c in rows[0]] if rows else [] for one, rows in headers.items()}
    fitting = [one for one, names in cells.items() if set(wanted) <= set(names)]
    return fitting[0] if fitting else max(cells, key=lambda one: len(cells[one]))


def delimiter_by_width(given: str, open_lines: Callable[[], Lines], width: int) -> str:
    """The delimiter of a table without a header: that by which its rows have `width` cells.

    Where none does, it is the one that makes the most.
    """
    if given != "auto":
        return delimiter_of(given, open_lines, ())
    tried = list(dict.fromkeys(NAMES.values()))
    rows = {one: _rows(open_lines(), one, FIRST) for one in tried}
    return max(
        tried,
        key=lambda one: (
            sum(len(r) == width for r in rows[one]),
            max(map(len, rows[one]), default=0),
        ),
    )


def unquoted_at(
    open_lines: Callable[[], Lines], delimiter: str, label: str, columns: Sequence[str]
) -> int:
    """The first line with a quote that is text; 0 where quotes are quotes, or there are none.

    Quotes are text where every line is a whole row if they are; and where as quotes they would end
    within a cell, or run over the end of a line and swallow nothing but labels that other rows have
    too (between tabs, any labels: cells with tabs in them are rare). Where most quotes enclose a
    cell, they are quotes, and a fault is a fault. The column `label` is looked for in `columns`,
    else in the header.
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
        apart = _labels(Dialect(delimiter, False), open_lines(), label, columns)
    except csv.Error:  # a carriage return in a cell: the reader tells of it
        return 0
    if any('"' in (name[:1], name[-1:]) for name in apart):
        return 0
    try:
        joined = _labels(Dialect(delimiter, True), open_lines(), label, columns)
    except csv.Error:
        return first
    known = set(apart) <= set(joined) or (delimiter == "\t" and "" not in apart)
    return first if joined.total() < apart.total() and known else 0


def padded_at(open_lines: Callable[[], Lines], delimiter: str) -> int:
    """The first line with blanks before the quotes of a cell; 0 where there are none for certain.

    It is certain where the table has as many rows with such quotes as without, all of one width.
    """
    pattern = re.compile(rf'(?:^|{re.escape(delimiter)}) +"')
    if not any(pattern.search(line) for line in open_lines()):
        return 0
    found, widths = 0, set()
    plain, padded = Dialect(delimiter, True), Dialect(delimiter, True, padded=True)
    lines = open_lines()
    try:
        for one, other in zip(plain.rows(lines), padded.rows(open_lines()), strict=True):
            if any(map(str.strip, one)):
                widths.add(len(other))
                if [cell.lstrip(" ") for cell in one] != [cell.lstrip(" ") for cell in other]:
                    found = found or lines.number
    except (csv.Error, ValueError):  # ValueError: the quotes make one row of several
        return 0
    return found if len(widths) == 1 else 0


def _labels(dialect: Dialect, lines: Lines, label: str, columns: Sequence[str]) -> Counter[str]:
    """The cells of the label column, counted; empty where there is no such column."""
    rows = ([cell.strip() for cell in row] for row in dialect.rows(lines))
    filled = (row for row in rows if any(row))
    header = list(columns) or next(filled, [])
    if label not in header:
        return Counter()
    place = header.index(label)
    return Counter(row[place] for row in filled if len(row) == len(header))


def _rows(lines: Lines, delimiter: str, count: int) -> list[list[str]]:
    """The first rows, as far as they can be read."""
    found: list[list[str]] = []
    try:
        for cells in islice(filter(None, csv.reader(lines, delimiter=delimiter)), count):
            found.append(cells)
    except csv.Error:
        pass
    return found
