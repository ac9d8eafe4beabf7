"""Paths as people write them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from amplify.contract.errors import DataError

NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EBADF)


def home(path: str | Path) -> Path:
    """`path`, with the home folder in place of a `~` (or `~user`) that it begins with.

    A name that does begin with ~ is written `./~name`; it comes back from the root on, so that
    nobody takes it for the home folder later.

    Raises DataError where that folder is not known, or the path holds a NUL character.
    """
    if "\0" in str(path):
        raise DataError("a path holds no NUL character", where=str(path)[:200])
    plain = Path(path)
    if str(plain).startswith("~") and not str(path).startswith("~"):
        return plain.absolute()
    try:
        return plain.expanduser()
    except RuntimeError:
        raise DataError(
            "the home folder that ~ stands for is not known",
            where=str(path)[:200],
            hint="write the path in full",
        ) from None


def cache_folder() -> Path:
    """`AMPLIFY_CACHE_DIR` where it is set, else the platform's folder for caches."""
    folder = os.environ.get("AMPLIFY_CACHE_DIR")
    if folder:
        return home(folder)
    import platformdirs

    return Path(platformdirs.user_cache_dir("amplify"))


def same_file(first: Path, second: Path) -> bool:
    """Whether two paths, either of which may lead to nothing, lead to one file."""
    try:
        return first.samefile(second)
    except OSError:
        return first.absolute() == second.absolute()


def there(path: Path) -> bool:
    """Whether something is at `path`; DataError where that cannot be looked at."""
    try:
        os.stat(path)
    except OSError as error:
        if error.errno in NOT_THERE:
            return False
        message = f"cannot be looked at: {error.strerror}"
        raise DataError(message, where=str(path)[:200]) from None
    return True
