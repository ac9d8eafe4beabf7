"""Files of a folder read back: what is damaged is an error that names the file and the line."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from amplify.contract.errors import DataError
from amplify.run.store.files import NO_WAIT

DAMAGE = (
    *(ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError),
    *(RecursionError, msgspec.MsgspecError),
)
"""The exceptions that reading a damaged file raises."""

MOST_CHARACTERS = 200
"""The most characters of a message that are shown: messages repeat what they could not read."""


@contextmanager
def reading(path: Path, what: str, hint: str, line: int | None = None) -> Iterator[None]:
    """Turn what damage raises into a DataError that names the file, and the line where it is one.

    `what` is what cannot be read, or is not what it should be; `hint` says what to do.
    """
    try:
        yield
    except OSError as error:
        message = f"{what}: {error.strerror or error}"
        raise DataError(message, where=str(path), hint=hint) from None
    except DAMAGE as error:
        where = str(path) if line is None else f"{path}:{line}"
        raise DataError(f"{what}: {_plain(error)}", where=where, hint=hint) from None


def open_stored(path: Path) -> BinaryIO:
    """A file to read; OSError for what is none: a pipe, on which nobody waits, or a folder."""
    number = os.open(path, os.O_RDONLY | NO_WAIT | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError("it is no regular file")
    return open(number, "rb")


def read_stored(path: Path) -> bytes:
    """All that is in a file."""
    with open_stored(path) as file:
        return file.read()


def stored_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not empty, with their numbers."""
    with open_stored(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, line


def check_regular(path: Path) -> None:
    """DataError where something is at `path` that is no file to read."""
    if path.exists() and not path.is_file():
        raise DataError("it is no regular file", where=str(path))


_WRONG = re.compile(r"Expected `(.+)`, got `(.+?)`(?: - at `\$\.?(.*)`)?", re.ASCII)
_MISSING = re.compile(r"Object missing required field `(.+?)`(?: - at `\$\.?(.*)`)?", re.ASCII)


def _field(message: str) -> str:
    """What msgspec says of a value, with the field first."""
    if wrong := _WRONG.fullmatch(message):
        expected, got, path = wrong.groups()
        return f"{f'field {path!r}' if path else 'it'} is to be {expected}, and is {got}"
    if missing := _MISSING.fullmatch(message):
        name, path = missing.groups()
        return f"field {'.'.join(filter(None, (path, name)))!r} is missing"
    return message


def _plain(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "a byte of it is no UTF-8"
    if isinstance(error, KeyError):
        return f"{error} is missing"
    if isinstance(error, TypeError | AttributeError | IndexError):
        return "a value in it is of another type than what was written"
    line = str(error).partition("\n")[0]
    if isinstance(error, msgspec.ValidationError):
        line = _field(line)
    return line if len(line) <= MOST_CHARACTERS else f"{line[:MOST_CHARACTERS]}…"
