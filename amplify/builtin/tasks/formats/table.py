"""A table as every format gives it: named columns, and rows that are read one at a time."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from amplify import DataError

Rows = Iterator[tuple[int, Mapping[str, Any]]]
"""Each row's number (of its line, where the file has lines), and its cells by column."""

SAMPLE = 500
"""Rows by which the columns of a table are guessed."""


@dataclass(slots=True)
class Table:
    """A table of a file.

    `rows` reads the rows from the beginning; it is given the names of the text and the label
    column, by which some formats tell rows from text (empty: not known). `class_names` has the
    names of the classes for a column whose cells are their numbers, from 0. `notes` are filled
    while the rows are read. `settled` holds the options that were found out about the file, as a
    plan writes them. `unguessed` says that the columns are the format's own, `regular` that the
    file is a table beyond doubt.
    """

    columns: tuple[str, ...]
    rows: Callable[[str, str], Rows]
    digest: Callable[[], str]
    class_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    settled: dict[str, Any] = field(default_factory=dict)
    unguessed: bool = False
    regular: bool = True
    first_rows: Sequence[Mapping[str, Any]] = ()

    def sample(self) -> Sequence[Mapping[str, Any]]:
        """The first rows, by which the columns are guessed."""
        if not self.first_rows:
            self.first_rows = [row for _, row in islice(self.rows("", ""), SAMPLE)]
        return self.first_rows


def library(module: str, extra: str, reads: str, where: str) -> Any:
    """The library `module`; DataError with the extra that installs it where it is missing.

    `reads` says what it is needed for, `where` is the file's path.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        raise DataError(
            f"{reads} needs the library {module.partition('.')[0]}, which is not installed",
            where=where,
            hint=f"pip install 'amplify-icl[{extra}]'",
        ) from None


def table_of_records(records: Sequence[Mapping[str, Any]], digest: str) -> Table:
    """The table of records in memory; its columns are the keys of all, in order of appearance."""
    columns = tuple(dict.fromkeys(key for record in records for key in record))

    def rows(text: str, label: str) -> Rows:
        yield from enumerate(records, 1)

    return Table(columns, rows, lambda: digest)
