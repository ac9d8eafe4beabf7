"""Read text files; what is wrong with one is a `DataError` that names file and line."""

from __future__ import annotations

import codecs
import difflib
import functools
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from io import BufferedReader
from pathlib import Path
from typing import Any

from amplify import Context, DataError, PlanError
from amplify.builtin.file_types import HEAD, conversion_hint, refuse_other_types

MAX_LINE = 10_000_000
"""The most bytes of a line; a longer one would fill memory."""

MAX_FILE = 256_000_000
"""The most bytes of a file that is read whole."""

LOST = "\N{REPLACEMENT CHARACTER}"
"""It takes the place of a character that cannot be read, such as half of a surrogate pair."""

_HALF = re.compile("[\ud800-\udfff]")
_WRITTEN_HALF = re.compile(r"\\u[dD][89a-fA-F]")

Pairs = Callable[[list[tuple[str, Any]]], Any]

OpenBinary = Callable[[Path], AbstractContextManager[BufferedReader]]


def locate(context: Context, path: str) -> Path:
    """The file that `path` names; DataError with the folders searched where there is none."""
    if not path.strip():
        raise DataError("no path is given", hint="set the option `path`")
    try:
        return _file(context.find(path), context, path)
    except OSError as error:  # a name too long, a folder that may not be looked into
        raise DataError(f"cannot be looked at: {error.strerror}", where=path[:200]) from None


def _file(resolved: Path, context: Context, path: str) -> Path:
    if resolved.is_file():
        return resolved
    if resolved.is_dir():
        raise DataError("is a folder; a file is needed", where=str(resolved), hint=_names(resolved))
    if resolved.exists():
        raise DataError("is no ordinary file", where=str(resolved))
    if "://" in path:
        raise DataError(
            "is an address; files are read, nothing is fetched",
            where=path,
            hint="download it, and give the file's name",
        )
    name = Path(path).expanduser()
    places = [name] if name.is_absolute() else [f / name for f in context.paths] or [name]
    unset = not name.is_absolute() and not os.environ.get("AMPLIFY_DATA")
    advice = "; or set AMPLIFY_DATA to the folder that holds the data" if unset else ""
    raise DataError(
        "there is no such file",
        where=path,
        hint=f"looked at: {_join(places)}{_near(places)}{advice}",
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
    refuse_other_types(path, data[:HEAD])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _wrong_encoding(path, line, error, "") from None
    if not text.strip():
        raise DataError("the file is empty", where=str(path))
    return text, hashlib.sha256(data).hexdigest()


def read_json(path: Path) -> tuple[Any, str]:
    """The JSON value that the file holds and the file's SHA-256."""
    text, digest = read_text(path)
    return parse_json(text, path), digest


def parse_json(text: str, path: Path, line: int = 1, pairs: Pairs | None = None) -> Any:
    """The JSON value of `text`, which begins at `line` of the file.

    Half of a surrogate pair, which no file can hold, becomes U+FFFD. `path` is named in errors;
    `pairs` makes an object of its keys and values.
    """
    try:
        value = _decoder(pairs).decode(text.rstrip())
        return _repaired_value(value) if _WRITTEN_HALF.search(text) else value
    except json.JSONDecodeError as error:
        place = f"{path}:{line + error.lineno - 1}:{error.colno}"
        raise DataError(f"is not JSON: {error.msg}", where=place) from None
    except (RecursionError, ValueError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DataError(f"is not usable JSON: {reason}", where=f"{path}:{line}") from None


@functools.cache
def _decoder(pairs: Pairs | None) -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=pairs)


def repaired(text: str) -> str:
    """The text with U+FFFD for each half of a surrogate pair."""
    return text if text.isascii() else _HALF.sub(LOST, text)


def _repaired_value(value: Any) -> Any:
    """The JSON value with all its texts repaired."""
    if isinstance(value, str):
        return repaired(value)
    if isinstance(value, list):
        return [_repaired_value(item) for item in value]
    if isinstance(value, dict):
        return {repaired(key): _repaired_value(item) for key, item in value.items()}
    return value


class Lines:
    """The lines of a text file, one at a time; `digest` is its SHA-256 once all are read.

    `encoding` must be one in which a line break is the byte that it is in ASCII; PlanError for any
    other, such as UTF-16. `open_binary` opens the file, unpacked where it is compressed.
    """

    def __init__(
        self, path: Path, encoding: str = "utf-8", open_binary: OpenBinary | None = None
    ) -> None:
        self._encoding = _checked(encoding, path)
        self._open = open_binary or _as_it_is
        self.path = path
        self.number = 0
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[str]:
        """Each line with its end; `number` is the line's, from 1."""
        try:
            with self._open(self.path) as stream:
                while data := stream.readline(MAX_LINE + 1):
                    self.number += 1
                    if self.number == 1:
                        refuse_other_types(self.path, data[:HEAD] + stream.peek(HEAD)[:HEAD])
                    if len(data) > MAX_LINE:
                        raise DataError(
                            f"the line is longer than {MAX_LINE // 1_000_000} MB",
                            where=f"{self.path}:{self.number}",
                            hint="one record a line is expected",
                        )
                    self._hash.update(data)
                    yield self._decode(data)
        except OSError as error:
            reason = error.strerror or str(error)
            raise DataError(f"cannot be read: {reason}", where=str(self.path)) from None

    def _decode(self, data: bytes) -> str:
        try:
            text = data.decode(self._encoding)
        except UnicodeDecodeError as error:
            raise _wrong_encoding(self.path, self.number, error, self._encoding) from None
        return repaired(text.removeprefix("\ufeff") if self.number == 1 else text)


def _as_it_is(path: Path) -> BufferedReader:
    return path.open("rb")


def _checked(encoding: str, path: Path) -> str:
    """The encoding's name; PlanError for one in which a file cannot be split into lines."""
    try:
        name = codecs.lookup(encoding).name.removesuffix("-sig")
        plain = "a,\n".encode(name) == b"a,\n"
    except (LookupError, ValueError):
        raise PlanError(
            f"{encoding!r} is no encoding of text", where="encoding", hint='"utf-8", "cp1252", ...'
        ) from None
    if not plain:
        raise PlanError(
            f"{encoding} is not read",
            where="encoding",
            hint=conversion_hint(path, encoding.upper()),
        )
    return name


def _wrong_encoding(path: Path, line: int, error: UnicodeDecodeError, encoding: str) -> DataError:
    """The error for a byte that is not of the encoding, with a hint.

    `encoding` is that of the plan; empty where the plan cannot set one.
    """
    byte = error.object[error.start]
    hint = conversion_hint(path, "CP1252")
    if encoding:
        hint = f'say which it is, encoding = "cp1252" for many a table of Windows; or {hint}'
    name = encoding.upper() or "UTF-8"
    return DataError(f"is not {name}: byte 0x{byte:02x}", where=f"{path}:{line}", hint=hint)


def _near(places: list[Path]) -> str:
    """The most similar file names in the folders that were searched."""
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
