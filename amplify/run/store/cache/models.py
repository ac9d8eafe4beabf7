"""The converted models in the cache folder: their size, and their removal."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from amplify.contract.errors import DataError
from amplify.contract.guard.paths import cache_folder
from amplify.run.store.lock import lock_file


def model_sizes() -> dict[Path, int]:
    """The folder of each converted model, with the bytes that its files take."""
    folders = (path for path in sorted((cache_folder() / "models").glob("*")) if path.is_dir())
    return {folder: sum(_size(path) for path in folder.rglob("*")) for folder in folders}


def drop_models() -> dict[Path, int]:
    """Delete all converted models, and say which they were; DataError where one stays.

    None is deleted while one is being converted.
    """
    sizes = model_sizes()
    with _no_conversion(sizes):
        for folder in sizes:
            try:
                shutil.rmtree(folder)
            except OSError as error:
                raise DataError(f"cannot be deleted: {error.strerror}", where=str(folder)) from None
    return sizes


@contextmanager
def _no_conversion(folders: Collection[Path]) -> Iterator[None]:
    """Hold the locks that conversions take, beside what each of them makes in a model's folder."""
    files: list[int] = []
    try:
        for path in (lock for folder in folders for lock in folder.glob("*.lock")):
            try:
                files.append(os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW))
                free = lock_file(files[-1])
            except OSError:
                continue  # it was taken away, or the file system has no locks
            if not free:
                raise DataError(
                    "a model is being converted there, and none was deleted",
                    where=str(path.parent),
                    hint="wait until that run has its model, and clear again",
                )
        yield
    finally:
        for file in files:
            os.close(file)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # another process has taken it away
        return 0
