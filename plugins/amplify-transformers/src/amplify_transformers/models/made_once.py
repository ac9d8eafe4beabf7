"""Makes a folder of files once for all processes: it is there whole, or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from amplify import PlanError

SIZES = "complete.json"
"""The file that is written last, with the size of every other."""


def made_once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """`folder`, whole: where it is not, `fill` writes its files into a new folder given to it.

    One process at a time fills it, the others wait. A folder whose filling was interrupted, or that
    has lost a file since, is filled again. PlanError where it cannot be written.
    """
    if is_whole(folder):
        return folder
    try:
        while not _made(folder, fill):
            pass
    except (OSError, NotImplementedError) as error:  # the latter: a file system without locks
        raise PlanError(
            f"{folder} cannot be written: {getattr(error, 'strerror', None) or error}",
            hint="AMPLIFY_CACHE_DIR names another folder for the cache",
        ) from error
    return folder


def _made(folder: Path, fill: Callable[[Path], None]) -> bool:
    """Make the folder; False where the lock's folder was deleted while it was waited for, as
    emptying the cache does."""
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(folder.with_name(f"{folder.name}.lock"))
    try:
        lock.acquire()
    except FileNotFoundError:
        return False
    try:
        if not folder.parent.exists():
            return False
        if not is_whole(folder):
            _fill(folder, fill)
    finally:
        lock.release()
    return True


def is_whole(folder: Path) -> bool:
    """Whether the folder was filled to the end, and still holds every file at its full size."""
    try:
        sizes = json.loads((folder / SIZES).read_text(encoding="utf-8"))
        return bool(sizes) and all((folder / name).stat().st_size == sizes[name] for name in sizes)
    except (OSError, ValueError, TypeError):
        return False


def _fill(folder: Path, fill: Callable[[Path], None]) -> None:
    part = folder.with_name(f"{folder.name}.part")
    for left_over in (part, folder):
        if left_over.exists():
            shutil.rmtree(left_over)
    part.mkdir(mode=0o700)
    try:
        fill(part)
        files = sorted(part.iterdir())
        sizes = {file.name: file.stat().st_size for file in files}
        (part / SIZES).write_text(json.dumps(sizes, indent=1), encoding="utf-8")
        for file in (*files, part / SIZES):
            with file.open("rb+") as opened:
                os.fsync(opened.fileno())
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
