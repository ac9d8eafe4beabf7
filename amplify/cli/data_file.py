"""A data file in place of a plan: what the command line then stands for, and what is said of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amplify.cli.messages import print_message
from amplify.run.plan.overrides import Overrides

if TYPE_CHECKING:
    from amplify.run.wiring.wire import Wiring

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


def settled(wiring: Wiring) -> Wiring:
    """The wiring of the plan with what its task guesses from the data, which is told on stderr."""
    wiring, guessed, notes = wiring.settle()
    if guessed:
        print_message(f"read from the data: {_shown(guessed)}")
    for note in notes:
        print_message(note)
    return wiring


def _shown(options: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in options.items()
    )
