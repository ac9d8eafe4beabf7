"""Excel workbooks (.xlsx), by openpyxl."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from amplify import DataError
from amplify.builtin.tasks.formats.table import Rows, Table, library
from amplify.builtin.tasks.shorten import first_names


def read_workbook(path: Path, sheet: str, columns: tuple[str, ...]) -> Table:
    """The table of a sheet, the first one where `sheet` is empty.

    `columns` are the names of its columns where its first row is no header. Formulas are read as
    the values that Excel stored for them.
    """
    openpyxl = library("openpyxl", "excel", "an Excel workbook", str(path))
    with _reading(path):
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    notes = []
    if sheet and sheet not in book.sheetnames:
        raise DataError(
            f"has no sheet {sheet!r}", where=str(path), hint=f"sheets: {_named(book.sheetnames)}"
        )
    if not sheet and len(book.sheetnames) > 1:
        notes.append(
            f"the workbook has {len(book.sheetnames)} sheets, {_named(book.sheetnames)}: the first"
            " is read; the option sheet names another"
        )
    page = book[sheet or book.sheetnames[0]]

    def cells() -> Any:
        return enumerate(page.iter_rows(values_only=True), 1)

    filled = ((number, row) for number, row in cells() if any(c is not None for c in row))
    with _reading(path):
        begins, header = next(filled, (0, ()))
    if not header:
        raise DataError("the sheet is empty", where=f"{path}: {page.title}")
    names = columns or tuple("" if name is None else str(name).strip() for name in header)

    def rows(text: str, label: str) -> Rows:
        with _reading(path):
            for number, row in cells():
                if any(cell is not None for cell in row) and (columns or number > begins):
                    yield number, dict(zip(names, map(_plain, row), strict=False))

    settled = {"sheet": page.title} if len(book.sheetnames) > 1 else {}
    return Table(names, rows, lambda: _digest(path), notes=notes, settled=settled)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn what openpyxl raises for a damaged workbook into a DataError."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # noqa: BLE001  # openpyxl lets through errors of zip and XML readers
        reason = f"{type(error).__name__}: {error}"
        raise DataError(f"is no workbook that openpyxl reads: {reason}", where=str(path)) from None


def _plain(value: Any) -> Any:
    """The cell's value; a whole number that Excel keeps as 1.0 is 1, a date its text."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _named(names: list[str]) -> str:
    return first_names([repr(name) for name in names])


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
