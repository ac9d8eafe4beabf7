"""Small files of every form with the same items, and their reading."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from amplify import Context, Dataset, Example
from amplify.builtin.tasks.data_file import DataFile
from amplify.builtin.tasks.options import DataOptions

ROWS = [{"review": f"day {i}, of “café”", "stars": ("good", "bad")[i % 2]} for i in range(20)]


PAIRS = [(row["review"], row["stars"]) for row in ROWS]


def source(context: Context, path: str, **options: Any) -> DataFile:
    return DataFile(DataOptions(path=path, **options), context)


def load(context: Context, path: str, **options: Any) -> Dataset:
    return source(context, path, **options).load()


def pairs(dataset: Dataset) -> list[tuple[str, str]]:
    return [(e.text, e.label) for e in dataset.examples]


def table(delimiter: str, quote: str = '"') -> str:
    lines = [f"review{delimiter}stars"]
    lines += [f"{quote}{text}{quote}{delimiter}{label}" for text, label in PAIRS]
    return "\n".join(lines) + "\n"


def zstd(data: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        zstd = pytest.importorskip("backports.zstd")
    packed: bytes = zstd.compress(data)
    return packed


TEXTS = {
    "t.csv": table(","),
    "t.tsv": table("\t", ""),
    "semicolon.csv": table(";", ""),
    "pipe.txt": table("|", ""),
    "t.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS),
    "array.json": json.dumps(ROWS),
    "pretty.json": json.dumps(ROWS, indent=1),
    "inside.json": json.dumps({"version": 1, "data": ROWS}),
    "columns.json": json.dumps({key: [row[key] for row in ROWS] for key in ROWS[0]}),
    "pandas.json": json.dumps(
        {key: {str(i): row[key] for i, row in enumerate(ROWS)} for key in ROWS[0]}
    ),
}

NEWS = "".join(
    f'"{1 + i % 3}","Title {i}","The body, number {i}, of a longer piece of news"\n'
    for i in range(12)
)


def items(
    context: Context,
    path: str,
    labelled: bool = False,
    known: dict[str, str] | None = None,
    **o: Any,
) -> list[Example]:
    return list(source(context, path, **o).items(known or {}, labelled)[0])
