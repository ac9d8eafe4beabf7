"""The converted models in the cache folder: their size, and their removal."""

from __future__ import annotations

import shutil
from pathlib import Path

from amplify.contract.errors import DataError
from amplify.contract.guard.paths import cache_folder


def model_sizes() -> dict[Path, int]:
    """The folder of each converted model, with the bytes that its files take."""
    folders = (path for path in sorted((cache_folder() / "models").glob("*")) if path.is_dir())
    return {folder: sum(_size(path) for path in folder.rglob("*")) for folder in folders}


def drop_models() -> dict[Path, int]:
    """Delete all converted models, and say which they were; DataError where one stays."""
    sizes = model_sizes()
    for folder in sizes:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise DataError(f"cannot be deleted: {error.strerror}", where=str(folder)) from None
    return sizes


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # another process has taken it away
        return 0
