"""Find the files of a data set: the examples, their labels, and the official test split."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from amplify import Context
from amplify.builtin.files import locate
from amplify.builtin.tasks.formats import siblings
from amplify.builtin.tasks.formats.hugging_face import HUB, read_hugging_face
from amplify.builtin.tasks.formats.open_table import open_table
from amplify.builtin.tasks.formats.table import Table
from amplify.builtin.tasks.options import DataOptions

OFFICIAL = "the official test split is"


@dataclass(frozen=True, slots=True)
class Files:
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


def open_files(options: DataOptions, context: Context) -> Files:
    """The tables that the options name, with the official test split."""
    files = open_examples(options, context)
    return files if files.is_hugging_face else _with_test(files, options, context)


def open_examples(options: DataOptions, context: Context) -> Files:
    """The table of the examples; of a data set of Hugging Face that of the test split too."""
    folder = _folder(options, context)
    if options.path.startswith(HUB) or (folder is not None and _is_saved(folder)):
        return _hugging_face(folder, options)
    notes: list[str] = []
    settled: dict[str, Any] = {}
    if folder is None:
        path = locate(context, options.path)
    else:
        path = siblings.train_file(folder)
        settled["path"] = str(Path(options.path) / path.name)
        notes.append(f"of the folder, {path.name} is read")
    labels = options.label_file
    if not labels and options.format in ("auto", "lines"):
        file = siblings.label_file(path)
        if file is not None:
            labels = settled["label_file"] = as_given(file, path, options)
            notes.append(f"{file.name} holds the labels of {path.name}, line by line")
    examples = open_table(path, options, context, labels)
    return Files(path, examples, None, None, settled, notes)


def _with_test(files: Files, options: DataOptions, context: Context) -> Files:
    """The files with the official test split, where one is named or stands beside the data."""
    path = files.path
    test, test_labels = options.test, options.test_label_file
    settled, notes = {**files.settled}, [*files.notes]
    if not test and (file := siblings.test_file(path)):
        test = settled["test"] = as_given(file, path, options)
        notes.append(f"{OFFICIAL} {file.name}: items are tested from it alone")
    if not test:
        return files
    test_path = locate(context, test)
    in_two_files = bool(options.label_file or "label_file" in settled)
    if in_two_files and not test_labels and (file := siblings.label_file(test_path)):
        test_labels = settled["test_label_file"] = as_given(file, path, options)
    reading = replace(options, header=files.examples.settled.get("header", options.header))
    table = open_table(test_path, reading, context, test_labels)
    return replace(files, test_path=test_path, test=table, settled=settled, notes=notes)


def without_unlabelled_test(files: Files, options: DataOptions, label: str) -> Files:
    """The files without a test split that was guessed, and that has no column of labels."""
    if files.test is None or options.test or label in files.test.columns:
        return files
    settled = {key: files.settled[key] for key in files.settled if not key.startswith("test")}
    notes = [note for note in files.notes if not note.startswith(OFFICIAL)]
    name = files.test_path.name if files.test_path else ""
    notes.append(f"{name} has no column {label!r}: test items are split off {files.path.name}")
    return replace(files, test=None, test_path=None, settled=settled, notes=notes)


def _hugging_face(folder: Path | None, options: DataOptions) -> Files:
    tables = read_hugging_face(options.path, folder, options.config, options.split)
    name = Path(options.path.removeprefix(HUB)).name
    test = tables.get("test")
    test_path = Path(f"{name}-test") if test is not None else None
    return Files(Path(name), tables["examples"], test_path, test, {}, [], True)


def as_given(file: Path, path: Path, options: DataOptions) -> str:
    """The path of a file beside the data file `path`, relative where that was given so."""
    given = Path(options.path)
    folder = given if path.name != given.name else given.parent
    return os.path.normpath(folder / os.path.relpath(file, path.parent))


def _folder(options: DataOptions, context: Context) -> Path | None:
    try:
        path = context.find(options.path)
        return path if path.is_dir() else None
    except OSError:  # `locate` says what is wrong
        return None


def _is_saved(folder: Path) -> bool:
    """Whether `save_to_disk` of `datasets` wrote the folder."""
    return any((folder / name).is_file() for name in ("dataset_dict.json", "dataset_info.json"))
