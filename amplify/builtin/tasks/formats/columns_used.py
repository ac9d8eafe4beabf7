"""Which columns of a table are read: those that the plan names, else those that are guessed."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amplify import DataError, PlanError, did_you_mean
from amplify.builtin.tasks.formats.guess_columns import (
    LABELS,
    TEXTS,
    further_texts,
    guess_text,
    label_candidates,
    named_column,
)
from amplify.builtin.tasks.formats.table import Table
from amplify.builtin.tasks.options import DataOptions
from amplify.builtin.tasks.shorten import first_names, shortened

JOINED = "\n"
"""What stands between the texts of several columns where no template says it."""


@dataclass(frozen=True, slots=True)
class ColumnsUsed:
    """The columns of a table that are read; `label` and `id` are empty where none is."""

    texts: tuple[str, ...]
    label: str
    id: str
    template: str = ""

    @property
    def text(self) -> str:
        """What messages call the column of the input."""
        return " + ".join(self.texts)

    def input_of(self, record: Mapping[str, Any]) -> Any:
        """The input of a row: the cell of the one column, else the columns' texts, joined."""
        if len(self.texts) == 1 and not self.template:
            return record.get(self.texts[0])
        cells = {name: _shown(record.get(name)) for name in self.texts}
        if self.template:
            return _Names().vformat(self.template, (), cells)
        return JOINED.join(cell for cell in cells.values() if cell.strip())


def columns_used(table: Table, options: DataOptions, where: str) -> tuple[ColumnsUsed, list[str]]:
    """The columns that are read of a table, and a note on those that were guessed.

    `where` is the file's path. PlanError or DataError with the table's columns where one is not
    there, or none fits.
    """
    columns, sample = table.columns, table.sample()
    texts = tuple(_column(name, columns, where) for name in _listed(options.text))
    label = _column(options.label, columns, where) if options.label != "" else ""
    identifier = _column(options.id, columns, where) if options.id != "" else ""
    template = options.template
    if template:
        texts = _of_template(template, columns, texts, where)
    notes = []
    free = [name for name in columns if name not in (*texts, identifier)]
    if not label:
        label = _only_label(free, table, where)
        notes.append(f"{label!r} holds the labels")
    guessed_text = not texts
    if guessed_text:
        text = guess_text([name for name in free if name != label], sample, label)
        if not text:
            raise DataError(
                "no column is left for the text",
                where=where,
                hint=f'columns: {_named(columns)}; say which: text = "NAME"',
            )
        texts = (text,)
        notes.append(f"{text!r} holds the texts")
    if label in texts:
        raise PlanError(
            f"text and label are the same column, {label!r}",
            where="[task]",
            hint="each prompt would show its answer",
        )
    if not notes or table.unguessed:
        return ColumnsUsed(texts, label, identifier, template), []
    note = f"guessed from the file: column {', column '.join(sorted(notes))}"
    more = further_texts(free, sample, texts[0], label) if guessed_text else []
    if more:
        note += f"; column {_named(more)} may be text too (text = [...] joins columns)"
    return ColumnsUsed(texts, label, identifier, template), [note]


def _only_label(free: Sequence[str], table: Table, where: str) -> str:
    """The one column out of `free` that may hold the label; DataError for none, or for several."""
    candidates = label_candidates(free, table.sample())
    if len(candidates) == 1:
        return next(iter(candidates))
    if not candidates:
        raise DataError(
            "no column looks like labels",
            where=where,
            hint=f'columns: {_named(table.columns)}; say which: label = "NAME"',
        )
    values = {
        name: first_names([shortened(cell, 20) for cell in cells], most=3)
        for name, cells in candidates.items()
    }
    raise DataError(
        f"{len(candidates)} columns may hold the labels: "
        + first_names([f"{name!r} ({cells})" for name, cells in values.items()], most=12),
        where=where,
        hint='say which: label = "NAME" in [task], or with -o task.label=NAME',
    )


def columns_of_items(
    table: Table, options: DataOptions, known: Mapping[str, str], labelled: bool, where: str
) -> ColumnsUsed:
    """The columns that are read of new items; no column is taken for what it holds alone.

    `known` are the columns of earlier data of the kind: its `text`, `template`, `label` and `id`,
    which are taken where the table has them and the options name no others. Only items that are
    to be `labelled` have a column of labels. `where` is the file's path.
    """
    columns = table.columns
    texts = tuple(_column(name, columns, where) for name in _listed(options.text))
    template = options.template
    if not texts and not template:
        template = known.get("template", "")
        if not set(_fields(template)) <= set(columns):
            template = ""
    if template:
        texts = _of_template(template, columns, texts, where)
    wanted = known.get("text", "")
    if not texts and wanted not in columns and set(wanted.split("\n")) <= set(columns):
        texts = tuple(wanted.split("\n"))
    if not texts:
        texts = (_named_or_known(wanted, TEXTS, columns, "text", columns, where),)
    label = _column(options.label, columns, where) if options.label != "" else ""
    if labelled and not label:
        free = [name for name in columns if name not in texts]
        label = _named_or_known(known.get("label", ""), LABELS, free, "label", columns, where)
    identifier = _column(options.id, columns, where) if options.id != "" else ""
    if not identifier:
        free = [name for name in columns if name not in (*texts, label)]
        wanted = known.get("id", "")
        identifier = wanted if wanted in free else named_column(free, ("id",))
    return ColumnsUsed(texts, label if labelled else "", identifier, template)


def _named_or_known(
    known: str,
    usual: Sequence[str],
    free: Sequence[str],
    kind: str,
    columns: Sequence[str],
    where: str,
) -> str:
    """The column of those that are `free` that is `known`, else one with a usual name, else the
    only one; DataError, which names all `columns`.

    The hint names the options of the commands that label new items.
    """
    if known in free:
        return known
    name = named_column([name for name in free if name], (known.casefold(), *usual))
    if name or (kind == "text" and len(free) == 1):
        return name or free[0]
    raise DataError(
        f"which column has the {kind}s is not known",
        where=where,
        hint=f"name it with --{kind} COLUMN; columns: {_named(columns)}",
    )


def _listed(text: str | int | tuple[str | int, ...]) -> tuple[str | int, ...]:
    return text if isinstance(text, tuple) else (text,) if text != "" else ()


def _column(name: str | int, columns: Sequence[str], where: str) -> str:
    """The name of the column that the plan names or numbers; an error with those that are there."""
    if isinstance(name, int):
        if 1 <= name <= len(columns):
            return columns[name - 1]
        raise PlanError(
            f"there is no column {name}", where=where, hint=f"columns: {_named(columns)}"
        )
    if name not in columns:
        if name.isdecimal():
            return _column(int(name), columns, where)
        raise DataError(
            f"there is no column {name!r}{did_you_mean(name, columns)}",
            where=where,
            hint=f"columns: {_named(columns)}",
        )
    if columns.count(name) > 1:
        raise DataError(f"two columns are named {name!r}", where=where)
    return name


def _of_template(
    template: str, columns: Sequence[str], texts: tuple[str, ...], where: str
) -> tuple[str, ...]:
    """The columns that the template names, which are those of `text` where it names any."""
    names = _fields(template)
    if not names:
        raise PlanError(
            "names no column", where="[task] template", hint='for instance "{title}: {body}"'
        )
    used = tuple(dict.fromkeys(_column(name, columns, where) for name in names))
    if numbers := [name for name in names if name not in columns]:
        raise PlanError(
            f"names the column {numbers[0]} by its number",
            where="[task] template",
            hint=f"columns: {_named(columns)}",
        )
    unused = [name for name in texts if name not in used]
    if unused:
        raise PlanError(f"does not use the column {unused[0]!r}", where="[task] template")
    return used


def _fields(template: str) -> list[str]:
    """The names of the columns in a template."""
    try:
        return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise PlanError(f"is no template: {error}", where="[task] template") from None


class _Names(string.Formatter):
    """Fills in cells by name alone: a template reaches into no attribute or item of a cell."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        return kwargs[field_name], field_name

    def convert_field(self, value: Any, conversion: Any) -> Any:
        return value

    def format_field(self, value: Any, format_spec: str) -> str:
        return str(value)


def _shown(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _named(names: Sequence[str]) -> str:
    return first_names([name or "(no name)" for name in names], most=12)
