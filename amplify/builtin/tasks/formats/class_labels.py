"""Name the classes of items: by a file, by the data itself, or by a file that stands beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from amplify import Context, DataError
from amplify.builtin.files import locate
from amplify.builtin.tasks.formats import siblings
from amplify.builtin.tasks.formats.class_names import name_numbers, read_class_names
from amplify.builtin.tasks.options import DataOptions
from amplify.builtin.tasks.rows import TaskRow
from amplify.builtin.tasks.shorten import first_names

Named = tuple[list[TaskRow], tuple[str, ...], list[str], Path | None]
"""The rows with names for class numbers, the label set (empty: that of the rows), notes, and the
file of the names where one was found."""


def name_classes(
    rows: Sequence[TaskRow],
    options: DataOptions,
    inner: Sequence[str],
    path: Path,
    context: Context,
) -> Named:
    """The rows, with a name in place of each class number where names are known.

    `inner` are the names that the data itself holds, counted from 0; `path` is the data file.
    """
    cells = {row.target for row in rows}
    if isinstance(options.labels, str) and options.labels:
        file = locate(context, options.labels)
        return _by_file(rows, cells, file, None)
    if options.labels:
        return list(rows), tuple(options.labels), [], None
    if inner and all(re.fullmatch(r"-?\d+", cell) for cell in cells):
        numbers = dict(enumerate(inner))
        unnamed = sorted(cell for cell in cells if int(cell) not in numbers)
        if unnamed:
            hint = "-1 stands for a label that is kept secret" if unnamed[0] == "-1" else ""
            problem = f"the class {unnamed[0]} has no name"
            raise DataError(problem, where=str(path), hint=hint)
        named = [replace(row, target=numbers[int(row.target)]) for row in rows]
        return named, tuple(inner), [], None
    beside = siblings.names_file(path) if all(cell.isdecimal() for cell in cells) else None
    if beside is None:
        return list(rows), (), [], None
    try:
        return _by_file(rows, cells, beside, beside)
    except DataError:  # a file of that name which is about something else
        return list(rows), (), [], None


def sampled_names(
    cells: Sequence[str], options: DataOptions, inner: Sequence[str], path: Path, context: Context
) -> dict[str, str]:
    """The name of each class number, as `name_classes` finds them, by the first `cells` alone.

    Empty where the labels are no numbers, or their names are not known.
    """
    if not cells or not all(re.fullmatch(r"-?\d+", cell) for cell in cells):
        return {}
    if inner:
        return {str(number): name for number, name in enumerate(inner)}
    if isinstance(options.labels, str) and options.labels:
        file = locate(context, options.labels)
        return name_numbers(read_class_names(file), {*cells}, str(file))
    beside = siblings.names_file(path)
    try:
        return name_numbers(read_class_names(beside), {*cells}, str(beside)) if beside else {}
    except DataError:  # a file of that name which is about something else
        return {}


def _by_file(rows: Sequence[TaskRow], cells: set[str], file: Path, guessed: Path | None) -> Named:
    names = read_class_names(file)
    numbers = name_numbers(names, cells, str(file))
    if not numbers:
        labels = list(names.values()) if isinstance(names, dict) else names
        return list(rows), tuple(dict.fromkeys(labels)), [], guessed
    shown = first_names([f"{number} {name}" for number, name in numbers.items()], most=8)
    note = f"class numbers are named by {file.name}: {shown}"
    named = [replace(row, target=numbers[row.target]) for row in rows]
    return named, tuple(dict.fromkeys(numbers.values())), [note], guessed
