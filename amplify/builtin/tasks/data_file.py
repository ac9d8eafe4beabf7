"""The task `data`: a file of any format, of which columns, names and test split are guessed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from amplify import Context, DataError, Dataset, Example
from amplify.builtin.files import locate
from amplify.builtin.options import DataOptions, JsonLinesOptions
from amplify.builtin.tasks.columns import ColumnReader, cell
from amplify.builtin.tasks.dataset import build_dataset
from amplify.builtin.tasks.formats import siblings
from amplify.builtin.tasks.formats.class_labels import name_classes, sampled_names
from amplify.builtin.tasks.formats.columns_used import (
    ColumnsUsed,
    columns_of_items,
    columns_used,
)
from amplify.builtin.tasks.formats.hugging_face import HUB, read_hugging_face
from amplify.builtin.tasks.formats.open_table import open_table
from amplify.builtin.tasks.formats.table import Table
from amplify.builtin.tasks.rows import TaskRow

OFFICIAL = "the official test split is"


@dataclass(frozen=True, slots=True)
class _Files:
    """The tables of a data set, and what was found out about its files.

    `path` is the file of the examples, `test_path` that of the test split, if there is one.
    """

    path: Path
    examples: Table
    test_path: Path | None
    test: Table | None
    settled: dict[str, Any]
    notes: list[str]
    is_hugging_face: bool = False


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
        if options.text != () and options.label != "" and options.instruction != "auto":
            return _given(options), ()
        _, settled, notes = self._read_once()
        return settled, notes

    def items(
        self, known: Mapping[str, str], labelled: bool
    ) -> tuple[Iterator[Example], Sequence[str]]:
        """New items one by one, with file and line as their ids; and the notes on them so far.

        `known` are columns of earlier data: its `text`, `template` and `label`. Items that are not
        `labelled` have an empty label. More notes may have come when all items are read.
        """
        files = self._open_examples()
        path, table = files.path, files.examples
        used = columns_of_items(table, self._options, known, labelled, str(path))
        cells = [str(row.get(used.label, "")) for row in table.sample()] if used.label else []
        inner = table.class_names.get(used.label, ())
        names = sampled_names(cells, self._options, inner, path, self._context)
        table.notes[:0] = files.notes
        return _items(path, table, used, names), table.notes

    def _read_once(self) -> tuple[Dataset, dict[str, Any], list[str]]:
        if self._content is None:
            self._content = self._read()
        return self._content

    def _read(self) -> tuple[Dataset, dict[str, Any], list[str]]:
        options, files = self._options, self._open()
        used, notes = columns_used(files.examples, options, str(files.path))
        files = self._without_unlabelled_test(files, used)
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
            settled["labels"] = self._as_given(beside, files.path)
        examples = dataset.examples
        dataset = replace(
            dataset, instruction=instruction, examples=examples[:count], test=examples[count:]
        )
        return dataset, settled, reading

    def _open(self) -> _Files:
        """The tables that the path names, with the official test split."""
        files = self._open_examples()
        return files if files.is_hugging_face else self._with_test(files)

    def _open_examples(self) -> _Files:
        """The table of the examples; of a data set of Hugging Face that of the test split too."""
        options = self._options
        folder = self._folder()
        if options.path.startswith(HUB) or (folder is not None and _is_saved(folder)):
            return self._hugging_face(folder)
        notes: list[str] = []
        settled: dict[str, Any] = {}
        if folder is None:
            path = locate(self._context, options.path)
        else:
            path = siblings.train_file(folder)
            settled["path"] = str(Path(options.path) / path.name)
            notes.append(f"of the folder, {path.name} is read")
        labels = options.label_file
        if not labels and options.format in ("auto", "lines"):
            file = siblings.label_file(path)
            if file is not None:
                labels = settled["label_file"] = self._as_given(file, path)
                notes.append(f"{file.name} holds the labels of {path.name}, line by line")
        examples = open_table(path, options, self._context, labels)
        return _Files(path, examples, None, None, settled, notes)

    def _with_test(self, files: _Files) -> _Files:
        """The files with the official test split, where one is named or stands beside the data."""
        options, path = self._options, files.path
        test, test_labels = options.test, options.test_label_file
        settled, notes = {**files.settled}, [*files.notes]
        if not test and (file := siblings.test_file(path)):
            test = settled["test"] = self._as_given(file, path)
            notes.append(f"{OFFICIAL} {file.name}: items are tested from it alone")
        if not test:
            return files
        test_path = locate(self._context, test)
        in_two_files = bool(options.label_file or "label_file" in settled)
        if in_two_files and not test_labels and (file := siblings.label_file(test_path)):
            test_labels = settled["test_label_file"] = self._as_given(file, path)
        reading = replace(options, header=files.examples.settled.get("header", options.header))
        table = open_table(test_path, reading, self._context, test_labels)
        return replace(files, test_path=test_path, test=table, settled=settled, notes=notes)

    def _without_unlabelled_test(self, files: _Files, used: ColumnsUsed) -> _Files:
        """The files without a test split that was guessed, and that has no column of labels."""
        if files.test is None or self._options.test or used.label in files.test.columns:
            return files
        settled = {key: files.settled[key] for key in files.settled if not key.startswith("test")}
        notes = [note for note in files.notes if not note.startswith(OFFICIAL)]
        name = files.test_path.name if files.test_path else ""
        notes.append(
            f"{name} has no column {used.label!r}: test items are split off {files.path.name}"
        )
        return replace(files, test=None, test_path=None, settled=settled, notes=notes)

    def _hugging_face(self, folder: Path | None) -> _Files:
        options = self._options
        tables = read_hugging_face(options.path, folder, options.config, options.split)
        name = Path(options.path.removeprefix(HUB)).name
        test = tables.get("test")
        test_path = Path(f"{name}-test") if test is not None else None
        return _Files(Path(name), tables["examples"], test_path, test, {}, [], True)

    def _as_given(self, file: Path, path: Path) -> str:
        """The path of a file beside the data file `path`, relative where that was given so."""
        given = Path(self._options.path)
        folder = given if path.name != given.name else given.parent
        return os.path.normpath(folder / os.path.relpath(file, path.parent))

    def _folder(self) -> Path | None:
        try:
            path = self._context.find(self._options.path)
            return path if path.is_dir() else None
        except OSError:  # `locate` says what is wrong
            return None


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
        name = cell(record.get(used.id), used.id, where) if used.id else where
        yield Example(name, text, names.get(label, label))


def _columns(used: ColumnsUsed, table: Table) -> dict[str, Any]:
    """The options that name the columns: by number in a table without a header."""
    numbered = table.settled.get("header") == "no"
    names = [int(name) if numbered else name for name in (*used.texts, used.label)]
    *texts, label = names
    return {"text": texts[0] if len(texts) == 1 else texts, "label": label}


def _instruction(dataset: Dataset) -> str:
    """A sentence that names the labels; empty where answers are open or items list their own."""
    if not dataset.labels or any(example.options for example in dataset.examples):
        return ""
    comma = "; " if any("," in label for label in dataset.labels) else ", "
    return f"Answer with one of: {comma.join(dataset.labels)}."


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


def _is_saved(folder: Path) -> bool:
    """Whether `save_to_disk` of `datasets` wrote the folder."""
    return any((folder / name).is_file() for name in ("dataset_dict.json", "dataset_info.json"))
