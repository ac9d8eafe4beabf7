"""Refuses two runs that are not on the same data: their items may share names, but not contents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from amplify.contract.errors import DataError
from amplify.run.store.stored_run import StoredRun

DIGITS = 12
"""How much of a digest is shown."""

NOT_DATA = ("splits", "classes", "path")
"""Keys of a record's `data` that tell how the data are used, or where they are."""


def check_same_data(first: StoredRun, second: StoredRun) -> None:
    """DataError where the data of the runs differ, or where nothing shows that they are the same.

    Files are the same by their digests. Data without a digest, which a task makes up, are the same
    where task and seed are.
    """
    if first.data_digest is not None and first.data_digest == second.data_digest:
        return
    old, new = (dict(_source(run)) for run in (first, second))
    for key in dict.fromkeys((*old, *new)):
        if old.get(key) != new.get(key):
            values = f"{str(old.get(key))[:DIGITS]} and {str(new.get(key))[:DIGITS]}"
            raise not_comparable(second, f"the runs are on different data: {key} {values}")


def not_comparable(second: StoredRun, why: str, hint: str = "") -> DataError:
    """The error that says why the second of two runs cannot be compared with the first."""
    return DataError(why, where=str(second.folder), hint=hint or "compare runs on the same items")


def _source(run: StoredRun) -> Iterator[tuple[str, Any]]:
    """What tells the data of a run from others."""
    data = run.record["data"]
    digests = dict(_digests(data))
    if digests:
        yield from digests.items()
        return
    yield from ((key, value) for key, value in data.items() if key not in NOT_DATA)
    yield from ((f"task.{key}", value) for key, value in run.plan.get("task", {}).items())
    yield "run.seed", run.record["seed"]


def _digests(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The digests of the files that the data come from."""
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _digests(value, f"{prefix}{key}.")
        elif key.endswith("sha256") and value is not None:
            yield prefix + key, value
