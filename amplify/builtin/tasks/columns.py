"""Read the text, the label and the id of each record of a table, and check them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amplify import DataError, PlanError, did_you_mean
from amplify.builtin.tasks.csv_dialect import DELIMITERS
from amplify.builtin.tasks.label_forms import form_groups, group_words
from amplify.builtin.tasks.options import JsonLinesOptions
from amplify.builtin.tasks.rows import TaskRow
from amplify.builtin.tasks.shorten import counted_names, shortened
from amplify.builtin.tasks.text_checks import is_blank


class ColumnReader:
    """Reads records one by one; `rows` are the task's rows so far.

    `naming_hint` is added to the hint of the error for a column that is not there.
    """

    def __init__(self, options: JsonLinesOptions, path: Path, naming_hint: str = "") -> None:
        _check_options(options)
        self._naming_hint = naming_hint
        self._options = options
        self._path, self._file, self._stem = str(path), path.name, path.stem
        self._headers: list[str] = []
        self.rows: list[TaskRow] = []

    def add(self, record: Mapping[str, Any], line: int) -> None:
        """Add the record that begins at `line`; DataError where a column that is read lacks text.

        A record that repeats the columns' names, as joined files have it, is passed over.
        """
        options, where = self._options, f"{self._path}:{line}"
        place = f"{self._file}:{line}"
        label = self._cell(record, options.label, where).strip()
        text = self._cell(record, options.text, where)
        if (text.strip().lstrip("\ufeff"), label) == (options.text, options.label):
            self._headers.append(place)
            return
        index = len(self.rows)
        name = f"{self._stem}-{index:04d}"
        if options.id:
            name = self._cell(record, options.id, where)
        self.rows.append(TaskRow(name, text, label, place))

    def notes(self) -> list[str]:
        """A note on the records that were passed over, where there are any."""
        if not self._headers:
            return []
        return [f"lines that repeat the header, passed over: {counted_names(self._headers)}"]

    def _cell(self, record: Mapping[str, Any], column: str, where: str) -> str:
        if column not in record:
            hint = _columns(record) + self._naming_hint
            raise DataError(_missing(record, column), where=where, hint=hint)
        return cell(record[column], column, where)


def _check_options(options: JsonLinesOptions) -> None:
    """PlanError for columns and labels of the plan that contradict each other."""
    if options.text == options.label:
        raise PlanError(
            f"text and label are the same column, {options.text!r}",
            where="[task]",
            hint="each prompt would show its answer",
        )
    twice = [label for label, count in Counter(options.labels).items() if count > 1]
    if twice:
        raise PlanError(f"labels names {shortened(twice[0])!r} twice", where="[task] labels")
    same = form_groups(Counter(options.labels)) if options.merge_labels else []
    if same:
        raise PlanError(
            f"labels names {group_words(same[0])}, which merge_labels makes one",
            where="[task] labels",
            hint="name one of them; or, where they are two classes, leave merge_labels out",
        )
    if any(map(is_blank, options.labels)):
        raise PlanError("labels names an empty label", where="[task] labels")


def cell(value: Any, column: str, where: str) -> str:
    """The text of a cell; numbers and truth values as JSON writes them."""
    if isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, float) and not math.isfinite(value):
        raise DataError(f"column {column!r} is empty: it holds {_constant(value)}", where=where)
    elif isinstance(value, (int, float)):
        value = str(value)
    if not isinstance(value, str) or is_blank(value):
        empty = isinstance(value, str) or value is None
        kind = "is empty" if empty else f"holds no text, but {_kind(value)}"
        raise DataError(f"column {column!r} {kind}", where=where)
    return value


def _kind(value: Any) -> str:
    return "an object" if isinstance(value, dict) else "a list"


def _constant(value: float) -> str:
    """The number as JSON's writers spell it."""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _missing(record: Mapping[str, Any], column: str) -> str:
    return f"there is no column {column!r}{did_you_mean(column, record)}"


def _columns(record: Mapping[str, Any]) -> str:
    """The columns of the record, and how the plan names those that are to be read."""
    for name, value in record.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return (
                f"the records seem to stand in {name!r}: jq -c '.{name}[]' makes JSON lines of it"
            )
    names = [name for name in record if name]
    inside = [word for word, mark in DELIMITERS.items() if any(mark in name for name in names)]
    if len(names) == 1 and inside:
        return f'the header shows another delimiter: delimiter = "{inside[0]}"'
    shown = ", ".join(names) or "none"
    return f'columns: {shown}; say which of them is which in [task]: label = "NAME", text = "NAME"'
