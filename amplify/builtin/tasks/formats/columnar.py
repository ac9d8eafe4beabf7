"""Parquet, Arrow and Feather files, by pyarrow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from amplify import DataError
from amplify.builtin.tasks.formats.table import Rows, Table, library


def read_columnar(path: Path) -> Table:
    """The table of a Parquet, Arrow or Feather file; it is read batch by batch."""
    pyarrow = library("pyarrow", "arrow", "a Parquet or Arrow file", str(path))
    with path.open("rb") as stream:
        parquet = stream.read(4) == b"PAR1"

    def opened() -> tuple[Any, Iterator[Any]]:
        try:
            if parquet:
                file = library("pyarrow.parquet", "arrow", "", "").ParquetFile(path)
                return file.schema_arrow, file.iter_batches(batch_size=10_000)
            file = _arrow(library("pyarrow.ipc", "arrow", "", ""), pyarrow, path)
            return file.schema, _batches(file)
        except (pyarrow.ArrowException, OSError) as error:
            raise _unreadable(path, error) from None

    def rows(text: str, label: str) -> Rows:
        number = 0
        try:
            for batch in opened()[1]:
                for record in batch.to_pylist():
                    number += 1
                    yield number, record
        except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
            raise _unreadable(path, error) from None

    schema = opened()[0]
    return Table(tuple(schema.names), rows, lambda: _digest(path), _class_names(schema))


def _arrow(ipc: Any, pyarrow: Any, path: Path) -> Any:
    """The reader of an Arrow file or stream."""
    source = pyarrow.memory_map(str(path))
    try:
        return ipc.open_file(source)
    except pyarrow.ArrowInvalid:
        source.seek(0)
        return ipc.open_stream(source)


def _batches(file: Any) -> Iterator[Any]:
    if hasattr(file, "num_record_batches"):
        return (file.get_batch(index) for index in range(file.num_record_batches))
    return iter(file)


def _class_names(schema: Any) -> dict[str, Sequence[str]]:
    """The names of classes that Hugging Face `datasets` keeps in the schema of its files."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return {
            column: [str(name) for name in feature["names"]]
            for column, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (KeyError, TypeError, ValueError):
        return {}


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(f"cannot be read by pyarrow: {error}".strip(), where=str(path))
