"""JSON files that are read whole: an array of objects, an object that holds one, or columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from amplify import DataError
from amplify.builtin.files import parse_json
from amplify.builtin.tasks.formats.compressed import read_unpacked
from amplify.builtin.tasks.formats.table import Table, table_of_records
from amplify.builtin.tasks.shorten import first_names

FORMS = "an array of objects is wanted, an object that holds one, or an object of columns"


def read_json_table(path: Path, encoding: str) -> Table:
    """The table of a JSON file; DataError where its value is none."""
    data, digest = read_unpacked(path)
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        hint = 'say which it is: encoding = "utf-8", "cp1252", ...'
        raise DataError(f"is not {encoding}: {error}", where=str(path), hint=hint) from None
    if not text.strip():
        raise DataError("the file is empty", where=str(path))
    return table_of_records(_records(parse_json(text, path), str(path)), digest)


def _records(value: Any, where: str) -> Sequence[Mapping[str, Any]]:
    if isinstance(value, dict):
        single = value and not any(isinstance(cell, list | dict) for cell in value.values())
        value = [value] if single else _inside(value, where)
    if not isinstance(value, list) or not value:
        raise DataError("holds no records", where=where, hint=FORMS)
    if all(isinstance(record, list) for record in value):
        return [{str(n): cell for n, cell in enumerate(record, 1)} for record in value]
    for number, record in enumerate(value, 1):
        if not isinstance(record, dict):
            raise DataError("is no object", where=f"{where}: record {number}", hint=FORMS)
    return value


def _inside(value: Mapping[str, Any], where: str) -> Any:
    """The array of objects that is a value of the object, or the records that its columns make."""
    arrays = {
        key: inner
        for key, inner in value.items()
        if isinstance(inner, list) and inner and isinstance(inner[0], dict)
    }
    if len(arrays) > 1:
        names = first_names(list(arrays))
        hint = "write the one that is wanted to a file of its own"
        raise DataError(f"holds several arrays of objects: {names}", where=where, hint=hint)
    if arrays:
        return next(iter(arrays.values()))
    columns = {key: _cells(inner) for key, inner in value.items()}
    lengths = {len(cells) for cells in columns.values()}
    if len(lengths) == 1 and 0 not in lengths:
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return []


def _cells(column: Any) -> list[Any]:
    """The cells of a column: an array, or an object by row as pandas writes it."""
    if isinstance(column, dict):
        return list(column.values())
    return column if isinstance(column, list) else []
