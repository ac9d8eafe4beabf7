"""Text files read safely: each fault is one `DataError` that names the place."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from amplify import Context, DataError

MAX_LINE = 10_000_000
"""Bytes that one line may have: a longer one is no line of a data set, and would fill memory."""

MAX_FILE = 256_000_000
"""Bytes that a file which is read whole may have."""


def locate(context: Context, path: str) -> Path:
    """The file that `path` names; DataError with the places looked at where there is none."""
    if not path.strip():
        raise DataError("no path is given", hint="set the option `path`")
    try:
        return _file(context.find(path), context, path)
    except OSError as error:  # a name too long, a folder that may not be looked into
        raise DataError(f"cannot be looked at: {error.strerror}", where=path[:200]) from None


def _file(found: Path, context: Context, path: str) -> Path:
    if found.is_file():
        return found
    if found.is_dir():
        raise DataError("is a folder; a file is needed", where=str(found), hint=_names(found))
    if found.exists():
        raise DataError("is no ordinary file", where=str(found))
    given = Path(path).expanduser()
    places = [given] if given.is_absolute() else [f / given for f in context.paths] or [given]
    raise DataError(
        "there is no such file", where=path, hint=f"looked at: {_join(places)}{_near(places)}"
    )


def read_text(path: Path) -> tuple[str, str]:
    """The whole text of a UTF-8 file and its SHA-256."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise DataError(
                f"is larger than {MAX_FILE // 1_000_000} MB, the most that is read whole",
                where=str(path),
                hint="large data sets are read from JSON lines or CSV",
            )
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", where=str(path)) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, data.count(b"\n", 0, error.start) + 1, error) from None
    if not text.strip():
        raise DataError("the file is empty", where=str(path))
    return text, hashlib.sha256(data).hexdigest()


def read_json(path: Path) -> tuple[Any, str]:
    """The JSON value that the file holds and the file's SHA-256."""
    text, digest = read_text(path)
    return parse_json(text, path), digest


def parse_json(text: str, path: Path, line: int = 1) -> Any:
    """The JSON value of `text`, which begins at `line` of the file."""
    try:
        return json.loads(text.rstrip())
    except json.JSONDecodeError as error:
        place = f"{path}:{line + error.lineno - 1}:{error.colno}"
        raise DataError(f"is not JSON: {error.msg}", where=place) from None
    except (RecursionError, ValueError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DataError(f"is not usable JSON: {reason}", where=f"{path}:{line}") from None


class Lines:
    """The lines of a UTF-8 file, one at a time; `digest` is its SHA-256 once all are read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[str]:
        """Each line with its end; `number` is the line's, from 1."""
        try:
            with self.path.open("rb") as stream:
                while data := stream.readline(MAX_LINE + 1):
                    self.number += 1
                    if len(data) > MAX_LINE:
                        raise DataError(
                            f"the line is longer than {MAX_LINE // 1_000_000} MB",
                            where=f"{self.path}:{self.number}",
                            hint="one record a line is expected",
                        )
                    self._hash.update(data)
                    yield self._decode(data)
        except OSError as error:
            raise DataError(f"cannot be read: {error.strerror}", where=str(self.path)) from None

    def _decode(self, data: bytes) -> str:
        try:
            return data.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise _wrong_encoding(self.path, self.number, error) from None


def _wrong_encoding(path: Path, line: int, error: UnicodeDecodeError) -> DataError:
    byte = error.object[error.start]
    return DataError(
        f"is not UTF-8: byte 0x{byte:02x}", where=f"{path}:{line}", hint="save the file as UTF-8"
    )


def _near(places: list[Path]) -> str:
    """The most alike names in the folders that were looked at."""
    names: list[str] = []
    for place in places:
        if place.parent.is_dir():
            entries = [entry.name for entry in place.parent.iterdir()]
            names += difflib.get_close_matches(place.name, entries, n=3)
    return f"; near: {', '.join(dict.fromkeys(names))}" if names else ""


def _names(folder: Path) -> str:
    names = sorted(entry.name for entry in folder.iterdir())
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return f"it holds: {shown}" if names else "it is empty"


def _join(places: list[Path]) -> str:
    return ", ".join(str(place) for place in places)
