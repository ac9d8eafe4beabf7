"""Files of a run: for their owner alone, written whole, and never through a link."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from amplify.contract.errors import DataError

OWNER = 0o700
"""The mode of a folder that is made: what is in it is for its owner alone."""

UNFINISHED = ".part"
"""How the name of a file ends that is not written whole yet."""

NO_LINK = getattr(os, "O_NOFOLLOW", 0)
"""Refuses a symbolic link where the system knows how to."""

NO_WAIT = getattr(os, "O_NONBLOCK", 0)
"""Does not wait for whoever would read a pipe."""


class writing:
    """Turns what the file system refuses into an error that names the place.

    A class, as a journal enters it twice for each call.
    """

    __slots__ = ("path",)

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, UnicodeEncodeError | OSError):
            raise _refused(self.path, error) from None


def _refused(path: Path, error: UnicodeEncodeError | OSError) -> DataError:
    where = str(path)
    if isinstance(error, UnicodeEncodeError):
        character = ascii(error.object[error.start : error.end])
        return DataError(f"cannot be written: {character} has no place in UTF-8", where=where)
    if error.errno in (errno.ELOOP, errno.ENXIO) or os.path.islink(path):
        return DataError(
            "is a link or no regular file: nothing is written through it",
            where=where,
            hint="take it away, or name another place",
        )
    if error.errno == errno.EISDIR or (error.errno == errno.EBUSY and os.path.isdir(path)):
        hint = "a folder is in the file's place: take it away, or name another place"
        return DataError("cannot be written: it is a folder", where=where, hint=hint)
    elsewhere = "name another place"
    hint = {
        errno.ENAMETOOLONG: "give a shorter path",
        errno.ENOSPC: f"what was written is kept; free space on the disk, or {elsewhere}",
        errno.EDQUOT: f"what was written is kept; free some of your quota, or {elsewhere}",
        errno.EACCES: f"give yourself the right to write there, or {elsewhere}",
        errno.EPERM: f"give yourself the right to write there, or {elsewhere}",
        errno.EROFS: f"what is there is read-only: {elsewhere}",
    }.get(error.errno or 0, f"what was written is kept; {elsewhere}")
    return DataError(f"cannot be written: {error.strerror or error}", where=where, hint=hint)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, for its owner alone; one that is there stays as it is."""
    if not path.is_dir():
        if path.parent != path:
            make_folder(path.parent)
        path.mkdir(mode=OWNER, exist_ok=True)


def write_whole(path: Path, text: str, durable: bool = False) -> None:
    """Write a file, whole or not at all; a link of that name is replaced, not followed.

    With `durable` it is on the disk when this returns, whatever becomes of the machine.
    """
    with writing(path):
        number, name = tempfile.mkstemp(UNFINISHED, f"{path.name}.", path.parent)
        try:
            with open(number, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise


def open_log(path: Path) -> BinaryIO:
    """A file to read and to add lines to, made where there is none; OSError for a link."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | NO_LINK | NO_WAIT
    number = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.ENXIO, "is no regular file")
    return open(number, "a+b")


def make_private(path: Path) -> None:
    """Make an empty file where there is none; OSError where there is a link, a pipe or a device."""
    make_folder(path.parent)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        mode = os.lstat(path).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise OSError(errno.ELOOP, "it is a link or no regular file") from None
