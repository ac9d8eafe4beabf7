"""A path to data in place of a plan: how it is recognised, and what it then stands for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from amplify.run.plan.overrides import Overrides

DATA = frozenset(
    (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".arrow", ".arrows")
) | {".feather", ".xlsx", ".xlsm"}
"""The endings of data files."""

PACKED = frozenset((".gz", ".zst", ".zstd"))
"""The endings of compressed files."""


def is_data(path: Path) -> bool:
    """Whether the argument is data and no plan: by its ending, as a folder, or by `hf:`."""
    ending = path.suffix.lower()
    if ending in PACKED:
        ending = path.with_suffix("").suffix.lower()
    return ending in DATA or str(path).startswith("hf:") or _is_folder(path)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # the reader of plans says what is wrong with the name
        return False


def overrides_of_data(path: Path, overrides: Overrides) -> Overrides:
    """The overrides with the data at `path` as the task; all that is no train or pool is tested."""
    sets = (
        f"task.path={json.dumps(str(path), ensure_ascii=False)}",
        "split.test=all",
        *overrides.sets,
    )
    return replace(overrides, task=overrides.task or "builtin/data", sets=sets)
