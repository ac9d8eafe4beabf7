"""Data sets of Hugging Face, from a folder or from the hub, by `datasets`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amplify import DataError
from amplify.builtin.tasks.formats.table import SAMPLE, Rows, Table, library
from amplify.builtin.tasks.shorten import first_names

HUB = "hf:"
"""What a path begins with that is the id of a data set on the hub."""

TRAIN, TEST = ("train", "training"), ("test", "validation", "dev")
"""The names of splits that are looked for, the first that exists is taken."""


def read_hugging_face(path: str, folder: Path | None, config: str, split: str) -> dict[str, Table]:
    """The tables of a data set: `examples`, and `test` where it has such a split.

    `folder` is what `save_to_disk` wrote; where it is None, `path` is an id on the hub behind
    `hf:`. `config` names one of several data sets under one id. With a `split` that one alone is
    read.
    """
    datasets = library("datasets", "datasets", "a data set of Hugging Face", path)
    try:
        if folder is not None:
            loaded = datasets.load_from_disk(str(folder))
        else:
            loaded = datasets.load_dataset(path.removeprefix(HUB), config or None)
    except Exception as error:  # noqa: BLE001  # datasets lets through errors of many libraries
        first_line = next(iter(str(error).splitlines()), "")
        hint = "" if folder is not None else "the id is that of huggingface.co/datasets/ID"
        raise DataError(
            f"datasets cannot load it: {type(error).__name__}: {first_line}", where=path, hint=hint
        ) from None
    if not isinstance(loaded, Mapping):
        return {"examples": _table(loaded)}
    if split:
        if split not in loaded:
            known = f"splits: {first_names(list(loaded))}"
            raise DataError(f"has no split {split!r}", where=path, hint=known)
        return {"examples": _table(loaded[split])}
    train = next((name for name in TRAIN if name in loaded), next(iter(loaded)))
    tests = [name for name in TEST if name in loaded and name != train]
    test = next((name for name in tests if not _is_secret(loaded[name])), None)
    tables = {"examples": _table(loaded[train])}
    unread = [name for name in loaded if name not in (train, test)]
    note = f"the data set's split {train!r} is read"
    if test is not None:
        tables["test"] = _table(loaded[test])
        note += f", and {test!r} is what is tested on"
    if unread:
        note += f"; not read: {first_names(unread)}"
    tables["examples"].notes.append(note)
    return tables


def _is_secret(dataset: Any) -> bool:
    """Whether the labels are kept secret: their class numbers are then -1."""
    columns = [name for name, f in dataset.features.items() if type(f).__name__ == "ClassLabel"]
    first = dataset[:SAMPLE]
    return any(first[name] and set(first[name]) == {-1} for name in columns)


def _table(dataset: Any) -> Table:
    names = {
        column: list(feature.names)
        for column, feature in dataset.features.items()
        if type(feature).__name__ == "ClassLabel"
    }

    def rows(text: str, label: str) -> Rows:
        yield from enumerate(dataset, 1)

    fingerprint = str(getattr(dataset, "_fingerprint", ""))
    return Table(tuple(dataset.column_names), rows, lambda: fingerprint, names)
