"""Texts and labels in two files, line by line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

from amplify import DataError
from amplify.builtin.files import Lines
from amplify.builtin.tasks.formats.table import Rows, Table

TEXT, LABEL = "text", "label"
"""The columns of such a table."""


def read_line_pairs(texts: Path, labels: Path | None, open_lines: Callable[[Path], Lines]) -> Table:
    """The table of a file of texts, one a line, and of the file of their labels, if there is one.

    A text ends at a line feed alone. DataError where one file has more lines than the other.
    """
    lines: list[Lines] = []

    def rows(text: str, label: str) -> Rows:
        lines[:] = [open_lines(path) for path in (texts, labels) if path is not None]
        pairs = zip_longest(*lines)
        for pair in pairs:
            number = max(file.number for file in lines)
            if None in pair:
                raise _unequal(texts, labels, number, pair[0] is None)
            cells = [line.rstrip("\r\n") for line in pair]
            if labels is not None or cells[0].strip():
                yield number, dict(zip((TEXT, LABEL), cells, strict=False))

    def digest() -> str:
        return hashlib.sha256("".join(file.digest for file in lines).encode()).hexdigest()

    columns = (TEXT, LABEL) if labels is not None else (TEXT,)
    return Table(columns, rows, digest, unguessed=True)


def _unequal(texts: Path, labels: Path | None, number: int, texts_end: bool) -> DataError:
    short, long = (texts, labels) if texts_end else (labels, texts)
    return DataError(
        f"ends before line {number}, which {long} has",
        where=str(short),
        hint="the label of each text stands in the same line of the other file",
    )
