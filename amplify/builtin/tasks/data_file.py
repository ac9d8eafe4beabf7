"""The task `data`: a file of any format, of which columns, names and test split are guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from amplify import Context, DataError, Dataset, Example
from amplify.builtin.tasks.columns import ColumnReader, cell
from amplify.builtin.tasks.dataset import build_dataset
from amplify.builtin.tasks.formats.class_labels import name_classes, sampled_names
from amplify.builtin.tasks.formats.columns_used import (
    ColumnsUsed,
    columns_of_items,
    columns_used,
)
from amplify.builtin.tasks.formats.data_files import (
    as_given,
    open_examples,
    open_files,
    without_unlabelled_test,
)
from amplify.builtin.tasks.formats.guess_columns import has_known_name
from amplify.builtin.tasks.formats.table import Table
from amplify.builtin.tasks.options import DataOptions, JsonLinesOptions
from amplify.builtin.tasks.rows import TaskRow


class DataFile:
    """Reads a labelled data set; what the options leave open is guessed, and noted."""

    def __init__(self, options: DataOptions, context: Context) -> None:
        self._options = options
        self._context = context
        self._content: tuple[Dataset, dict[str, Any], list[str]] | None = None

    def load(self) -> Dataset:
        """The data set; DataError where the file cannot be read, or a column cannot be guessed."""
        return self._read_once()[0]

    def settle(self) -> tuple[Mapping[str, Any], Sequence[str]]:
        """The options as a plan writes them, with all that was guessed, and notes on guesses."""
        options = self._options
        if _says_all(options):
            return _given(options), ()
        _, settled, notes = self._read_once()
        return settled, notes

    def items(
        self, known: Mapping[str, str], labelled: bool
    ) -> tuple[Iterator[Example], Sequence[str], bool]:
        """New items one by one, the notes on them so far, and whether they have ids of their own:
        else these are file and line.

        `known` are columns of earlier data: its `text`, `template`, `label` and `id`. Items that
        are not `labelled` have an empty label. More notes may have come when all items are read.
        """
        options, context = self._options, self._context
        files = open_examples(options, context)
        path, table = files.path, files.examples
        used = columns_of_items(table, options, known, labelled, str(path))
        cells = [str(row.get(used.label, "")) for row in table.sample()] if used.label else []
        inner = table.class_names.get(used.label, ())
        names = sampled_names(cells, options, inner, path, context)
        table.notes[:0] = files.notes
        told = options.text != () or options.columns or used.text == known.get("text")
        if not told and _may_be_a_text(table):
            table.notes.append(
                f"the first line of {path.name}, {used.text!r}, is read as the name of its column;"
                " where it is a text, say --format lines"
            )
        return _items(path, table, used, names), table.notes, bool(used.id)

    def _read_once(self) -> tuple[Dataset, dict[str, Any], list[str]]:
        if self._content is None:
            self._content = self._read()
        return self._content

    def _read(self) -> tuple[Dataset, dict[str, Any], list[str]]:
        options, files = self._options, open_files(self._options, self._context)
        used, notes = columns_used(files.examples, options, str(files.path))
        files = without_unlabelled_test(files, options, used.label)
        rows, columns = _rows(files.examples, used, files.path)
        count, reading = len(rows), [*files.notes, *notes]
        table_notes = [*files.examples.notes, *columns]
        source = {
            "path": options.path,
            "sha256": files.examples.digest(),
            "items": count,
        }
        if files.test is not None and files.test_path is not None:
            wanted = replace(options, text=used.texts, label=used.label, id=used.id)
            of_test, _ = columns_used(files.test, wanted, str(files.test_path))
            test_rows, repeated = _rows(files.test, of_test, files.test_path)
            if files.test_path.stem == files.path.stem and not used.id:
                test_rows = [replace(row, id=f"test-{row.id}") for row in test_rows]
            rows += test_rows
            table_notes += [*files.test.notes, *repeated]
            source |= {"test_sha256": files.test.digest(), "test_items": len(test_rows)}
        inner = files.examples.class_names.get(used.label, ())
        rows, labels, named, beside = name_classes(rows, options, inner, files.path, self._context)
        dataset = build_dataset(
            files.path.stem,
            rows,
            source=source,
            answers=options.answers,
            labels=labels,
            merge_labels=options.merge_labels,
            notes=[*reading, *named, *table_notes],
        )
        instruction = options.instruction
        if instruction == "auto":
            instruction = _instruction(dataset)
        settled = {
            **_given(options),
            **files.settled,
            **files.examples.settled,
            **_columns(used, files.examples),
            "instruction": instruction,
        }
        if beside is not None:
            settled["labels"] = as_given(beside, files.path, options)
        examples = dataset.examples
        dataset = replace(
            dataset, instruction=instruction, examples=examples[:count], test=examples[count:]
        )
        return dataset, settled, reading


def _rows(table: Table, used: ColumnsUsed, path: Path) -> tuple[list[TaskRow], list[str]]:
    """The rows of the table, and notes on those that were passed over."""
    names = JsonLinesOptions(path=str(path), text=used.text, label=used.label, id=used.id)
    reader = ColumnReader(names, path)
    if "answerKey" in table.columns and "question" in table.columns:
        hint = 'task.use = "commonsense-qa" reads it'
        raise DataError("is a file of CommonsenseQA", where=str(path), hint=hint)
    for number, record in table.rows(used.texts[0], used.label):
        row = {used.text: used.input_of(record)}
        row |= {name: record.get(name) for name in (used.label, used.id) if name}
        reader.add(row, number)
    if not reader.rows:
        raise DataError("the file holds no examples", where=str(path))
    return reader.rows, reader.notes()


def _items(
    path: Path, table: Table, used: ColumnsUsed, names: Mapping[str, str]
) -> Iterator[Example]:
    """The items of the table; `names` are those of class numbers."""
    for number, record in table.rows(used.texts[0], used.label):
        where = f"{path}:{number}"
        text = used.input_of(record)
        if not isinstance(text, str):
            text = cell(text, used.text, where)
        label = cell(record.get(used.label), used.label, where).strip() if used.label else ""
        name = _identifier(record.get(used.id), used.id, where) if used.id else where
        yield Example(name, text, names.get(label, label))


def _identifier(value: Any, column: str, where: str) -> str:
    """The id in a cell, which may be empty: nothing rests on the ids of new items."""
    return "" if value is None or value == "" else cell(value, column, where)


def _may_be_a_text(table: Table) -> bool:
    """Whether the header of a table of text is one name that no column usually has."""
    guessed = "delimiter" in table.settled and table.settled.get("header") != "no"
    return guessed and len(table.columns) == 1 and not has_known_name(table.columns)


def _columns(used: ColumnsUsed, table: Table) -> dict[str, Any]:
    """The options that name the columns: by number in a table without a header."""
    numbered = table.settled.get("header") == "no"
    names = [int(name) if numbered else name for name in (*used.texts, used.label)]
    *texts, label = names
    named = {"text": texts[0] if len(texts) == 1 else texts, "label": label}
    if used.id:
        named["id"] = int(used.id) if numbered else used.id
    return named


def _instruction(dataset: Dataset) -> str:
    """A sentence that names the labels; empty where answers are open or items list their own."""
    if not dataset.labels or any(example.options for example in dataset.examples):
        return ""
    comma = "; " if any("," in label for label in dataset.labels) else ", "
    return f"Answer with one of: {comma.join(dataset.labels)}."


def _says_all(options: DataOptions) -> bool:
    """Whether nothing is guessed, and no column is named by its number."""
    texts = options.text if isinstance(options.text, tuple) else (options.text,)
    names = [*texts, options.label, *([options.id] if options.id != "" else [])]
    # Without a header the numbers are the names.
    numbered = options.header != "no" and any(str(name).isdecimal() for name in names)
    given = bool(texts) and options.label != "" and options.instruction != "auto"
    return given and not numbered


def _given(options: DataOptions) -> dict[str, Any]:
    """The options that differ from their defaults."""
    given = {field.name: getattr(options, field.name) for field in fields(options)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in given.items()
        if name == "path" or value != _defaults()[name]
    }


def _defaults() -> Mapping[str, Any]:
    return {field.name: field.default for field in fields(DataOptions)}
