"""Examples that a program holds: written to a file, so that the run can go on and be repeated."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from amplify.contract.errors import DataError
from amplify.contract.grammar import with_article
from amplify.run.store.files import make_folder, write_whole, writing

TEXT, LABEL, ID = "text", "label", "id"
"""The columns of examples that are given as pairs."""

TRAIN, TEST = ("train", "training"), ("test", "validation", "dev")
"""The names of splits that are looked for; the first that is there is taken."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Rows:
    """The rows of examples, and the options of the task that reads them.

    `test` holds those of the official test split; None: there is none.
    """

    examples: Iterable[Row]
    options: Mapping[str, Any] = field(default_factory=dict)
    test: Iterable[Row] | None = None


def write_examples(rows: Rows, folder: Path) -> tuple[Path, dict[str, Any]]:
    """The file of the rows in the folder, and the options of the task that reads them.

    A file is named by its content: equal examples are in one file.
    """
    options = dict(rows.options)
    path = _write(rows.examples, folder)
    if rows.test is not None:
        options["test"] = str(_write(rows.test, folder))
    return path, options


def _write(rows: Iterable[Row], folder: Path) -> Path:
    encoder = msgspec.json.Encoder(enc_hook=_plain)
    text = "".join(f"{_line(row, encoder)}\n" for row in rows)
    if not text:
        raise DataError("the data holds no examples")
    path = folder / f"data-{hashlib.sha256(text.encode()).hexdigest()[:12]}.jsonl"
    if not path.exists():
        with writing(path):
            make_folder(folder)
        write_whole(path, text)
    return path


def _line(row: Row, encoder: msgspec.json.Encoder) -> str:
    """The row in JSON; a half of a surrogate pair in its texts stands as an escape."""
    try:
        return encoder.encode(row).decode()
    except UnicodeEncodeError:
        return json.dumps(row, default=_plain)


def rows_of(data: Any) -> Rows:
    """The rows of a DataFrame, of a data set of Hugging Face, of pairs or of records."""
    if _is(data, "pandas", "DataFrame"):
        return _of_frame(data)
    if _is(data, "datasets", "Dataset"):
        return _identified(_of_dataset(data))
    if _is(data, "datasets", "DatasetDict"):
        return _of_splits(data)
    if isinstance(data, Iterable) and not isinstance(data, (str, bytes, Mapping)):
        return _of_pairs(list(data))
    raise DataError(
        f"{with_article(type(data).__name__)} is no data",
        hint="give a path, a DataFrame, a datasets.Dataset, or a list of pairs (text, label)",
    )


def _is(data: Any, library: str, name: str) -> bool:
    """Whether the data is of a class of the library, which is not imported for that."""
    return any(
        kind.__name__ == name and kind.__module__.partition(".")[0] == library
        for kind in type(data).__mro__
    )


def _of_frame(frame: Any) -> Rows:
    """The rows of a DataFrame; the index identifies the items where each row has one of its own."""
    names = [str(value) for value in frame.index]
    columns = Counter(map(str, frame.columns))
    for column, count in columns.items():
        if count > 1:
            raise DataError(f"{count} columns are called {column!r}", hint="rename them")
    records = frame.set_axis(list(columns), axis=1).to_dict("records")
    return _identified(map(_cells, records), names if len(set(names)) == len(names) else None)


def _identified(rows: Iterable[Row], names: Sequence[str] | None = None) -> Rows:
    """The rows with a column more that identifies each: by `names`, else by its place."""
    every = list(rows)
    columns, name = {column for row in every for column in row}, ID
    while name in columns:
        name = f"_{name}"
    names = names or [str(place) for place in range(len(every))]
    return Rows([{**row, name: key} for row, key in zip(every, names, strict=True)], {"id": name})


def _of_dataset(dataset: Any) -> Iterator[Row]:
    """The rows of a data set of Hugging Face, in which a class is its name."""
    classes = {
        column: feature
        for column, feature in dataset.features.items()
        if type(feature).__name__ == "ClassLabel"
    }
    for row in dataset:
        named = {
            column: feature.int2str(row[column])
            for column, feature in classes.items()
            if row[column] is not None and row[column] >= 0
        }
        yield _cells({**row, **dict.fromkeys(classes), **named})


def _of_splits(splits: Mapping[str, Any]) -> Rows:
    """The rows of the training split, and those of a test split whose labels are told."""
    if not splits:
        raise DataError("the data holds no split")
    train = next((name for name in TRAIN if name in splits), next(iter(splits)))
    tests = [name for name in TEST if name in splits and name != train]
    test = next((name for name in tests if _has_labels(splits[name])), None)
    rows = _identified(_of_dataset(splits[train]))
    if test is None:
        return rows
    of_test = list(_of_dataset(splits[test]))
    names = [f"{test}-{place}" for place in range(len(of_test))]
    return replace(rows, test=_identified(of_test, names).examples)


def _has_labels(dataset: Any) -> bool:
    """Whether there are rows, and no column of classes is -1 throughout, for secret labels."""
    classes = [c for c, f in dataset.features.items() if type(f).__name__ == "ClassLabel"]
    return len(dataset) > 0 and all(set(dataset[:100][column]) != {-1} for column in classes)


def _of_pairs(data: Sequence[Any]) -> Rows:
    """The rows of pairs of a text and its label, or of records, each a mapping."""
    if data and all(isinstance(entry, Mapping) for entry in data):
        return _identified(map(_cells, data))
    rows: list[Row] = []
    for place, entry in enumerate(data):
        if isinstance(entry, str) or not isinstance(entry, Sequence) or len(entry) != 2:
            raise DataError(
                f"is no pair of a text and its label, but {with_article(type(entry).__name__)}",
                where=f"data[{place}]",
            )
        rows.append({TEXT: entry[0], LABEL: entry[1]})
    identified = _identified(rows)
    return replace(identified, options={TEXT: TEXT, LABEL: LABEL, **identified.options})


def _cells(row: Mapping[Any, Any]) -> Row:
    """The cells of a row that are texts, numbers or truth values; others are not read."""
    plain = {str(name): _scalar(value) for name, value in row.items()}
    return {name: value for name, value in plain.items() if value is not Ellipsis}


def _scalar(value: Any) -> Any:
    """The value as JSON has it, None where it is missing; Ellipsis where it is no single value."""
    if hasattr(value, "item") and not getattr(value, "shape", ()):
        value = value.item()
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return ...


def _plain(value: Any) -> Any:
    """A number of numpy as Python's; TypeError for a value that JSON does not have."""
    plain = _scalar(value)
    if plain is Ellipsis:
        raise DataError(f"{with_article(type(value).__name__)} is neither a text nor a label")
    return plain
