"""Files that stand beside a data file and belong to it: labels, names of classes, official test."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from amplify import DataError
from amplify.builtin.tasks.formats.compressed import format_suffix
from amplify.builtin.tasks.shorten import first_names

NAMES = (
    *("classes.txt", "labels.txt", "mapping.txt", "label_names.txt", "class_names.txt"),
    *("classes.json", "labels.json", "categories.json", "label_names.json"),
)
"""What files with the names of classes are called."""

_TEXTS = re.compile(r"(.*?)(texts?|sentences?|inputs?)(.*)", re.IGNORECASE)
_TRAIN = re.compile(r"(^|.*[^a-z])(train|training)(?![a-z])(.*)", re.IGNORECASE | re.DOTALL)


def label_file(path: Path) -> Path | None:
    """The file of labels beside a file of texts, as `train_labels.txt` beside `train_text.txt`."""
    match = _TEXTS.fullmatch(path.name)
    if match is None or format_suffix(path) != ".txt":
        return None
    words = ("labels", "label", "targets", "classes")
    return _first(path.with_name(f"{match[1]}{word}{match[3]}") for word in words)


def test_file(path: Path) -> Path | None:
    """The file of the official test split, as `test.csv` beside `train.csv`."""
    match = _TRAIN.fullmatch(path.name)
    return _first([path.with_name(f"{match[1]}test{match[3]}")]) if match else None


def names_file(path: Path) -> Path | None:
    """The file with the names of the classes beside the data file, or in the folder above it."""
    return _first(place / name for place in (path.parent, path.parent.parent) for name in NAMES)


def _first(paths: Iterable[Path]) -> Path | None:
    return next((path for path in paths if path.is_file()), None)


def train_file(folder: Path) -> Path:
    """The file of the training split in a folder; DataError with what the folder holds."""
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    stems = [name for name in names if re.match(r"train(ing)?([._-]texts?)?\.", name)]
    if len(stems) == 1:
        return folder / stems[0]
    raise DataError(
        "is a folder; a file is needed",
        where=str(folder),
        hint=f"it holds: {first_names(names, most=8)}" if names else "it is empty",
    )
