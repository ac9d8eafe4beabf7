"""Read TOML texts, and refuse those that are nested too deeply or hold endless numbers."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MOST_BITS = 14_000
"""Python writes no whole number down that is much longer, in 4,300 digits or more."""

DEEPEST = 100
"""Levels of tables and lists: a plan has less than ten."""

LARGEST = 10_000_000
"""Bytes of a file; a large study has a few thousand."""

UTF16, GZIP = "it is UTF-16: save it as UTF-8", "it is gzip-compressed: unpack it"
FOREIGN = {b"\xff\xfe": UTF16, b"\xfe\xff": UTF16, b"\x1f\x8b": GZIP}
"""What begins so is no text in UTF-8, and what to do about it."""


def parse_toml(text: str) -> dict[str, Any]:
    """The tables of a TOML text; ValueError, in plain words, where they cannot be had."""
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError as error:
        if "integer string" in str(error):
            raise ValueError("a number has thousands of digits") from None
        raise
    check_depth(table)
    if _endless(table):
        raise ValueError("a number has thousands of digits")
    return table


def read_toml_text(path: Path) -> str:
    """The text of a file; OSError or ValueError, in plain words, where it cannot be had."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise ValueError("it is no ordinary file")
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST // 1_000_000} MB")
    return decoded(data)


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, a byte order mark or none; ValueError, in plain words."""
    for mark, problem in FOREIGN.items():
        if data.startswith(mark):
            raise ValueError(problem)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = f"0x{data[error.start]:02x}"
        raise ValueError(f"byte {byte} in line {line} is not UTF-8: save it as UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def check_depth(value: Any) -> None:
    """ValueError where tables and lists are nested too deeply to be worked on."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise ValueError("nested too deeply")


def unwritable(table: Any) -> tuple[str, str] | None:
    """The first text in the tables that UTF-8 cannot hold, and its place, as `[task] path`.

    Bytes of the command line or of a folder's name that are no UTF-8 come as such texts.
    """
    waiting = [("", table)]
    while waiting:
        where, value = waiting.pop(0)
        if isinstance(value, str) and not _encodes(value):
            return value, where
        if isinstance(value, dict):
            for key, inner in value.items():
                inside = f"{where} {key}" if where else f"[{key}]"
                if not _encodes(key):
                    return key, where
                waiting.append((inside, inner))
        elif isinstance(value, list | tuple):
            waiting += [(where, inner) for inner in value]
    return None


def _endless(value: Any) -> bool:
    """Whether a whole number is too long to be shown: hexadecimal ones are read at any length."""
    if isinstance(value, int):
        return value.bit_length() > MOST_BITS
    return any(map(_endless, _inside(value)))


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value
