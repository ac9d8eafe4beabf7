"""Open a file for reading: unpacked where it is compressed, and as UTF-8 where it is UTF-16."""

from __future__ import annotations

import gzip
import hashlib
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from amplify import DataError
from amplify.builtin.file_types import HEAD, wide_encoding
from amplify.builtin.files import MAX_FILE
from amplify.builtin.tasks.formats.as_utf8 import AsUtf8
from amplify.builtin.tasks.formats.table import library

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
"""The first bytes of the two."""

PACKED = (".gz", ".zst", ".zstd")
"""The endings that a compressed file has behind that of its format."""


def format_suffix(path: Path) -> str:
    """The ending that names the format of the file, in lower case: `.csv` of `data.CSV.gz`."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return next((suffix for suffix in reversed(suffixes) if suffix not in PACKED), "")


@contextmanager
def open_unpacked(path: Path) -> Iterator[io.BufferedReader]:
    """The bytes of the file, unpacked, and in UTF-8 where they are UTF-16 or UTF-32.

    DataError where the packing is damaged.
    """
    with path.open("rb") as raw, _damaged(path):
        yield in_utf8(unpacked(raw, path))


def unpacked(raw: io.BufferedReader, path: Path) -> io.BufferedReader:
    """The bytes of an open file, unpacked; `path` is named in errors."""
    head = raw.peek(4)
    if head.startswith(GZIP):
        return io.BufferedReader(gzip.GzipFile(fileobj=raw))
    if head.startswith(ZSTD):
        return io.BufferedReader(_zstd(path).ZstdFile(raw))
    return raw


def wide_encoding_of(path: Path) -> str:
    """UTF-16 or UTF-32, where the unpacked file is in it; else empty."""
    with path.open("rb") as raw, _damaged(path):
        return wide_encoding(unpacked(raw, path).peek(HEAD)[:HEAD])


def in_utf8(stream: io.BufferedReader) -> io.BufferedReader:
    """The bytes of a stream, in UTF-8 where they are UTF-16 or UTF-32."""
    encoding = wide_encoding(stream.peek(HEAD)[:HEAD])
    return io.BufferedReader(AsUtf8(stream, encoding)) if encoding else stream


def read_unpacked(path: Path) -> tuple[bytes, str]:
    """All bytes of the file, unpacked, and their SHA-256; DataError for more than 256 MB."""
    try:
        with open_unpacked(path) as stream:
            data = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    if len(data) > MAX_FILE:
        raise DataError(
            f"is larger than {MAX_FILE // 1_000_000} MB, the most that is read whole",
            where=str(path),
            hint="large data sets are read from JSON lines, CSV or Parquet",
        )
    return data, hashlib.sha256(data).hexdigest()


def _zstd(path: Path) -> Any:
    if sys.version_info >= (3, 14):
        return library("compression.zstd", "zstd", "a zstd file", str(path))
    return library("backports.zstd", "zstd", "a zstd file", str(path))


@contextmanager
def _damaged(path: Path) -> Iterator[None]:
    """Turn what the libraries raise for a damaged packing into a DataError."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _damage(path, error) from None
    except Exception as error:
        if type(error).__name__ == "ZstdError":
            raise _damage(path, error) from None
        raise


def _damage(path: Path, error: Exception) -> DataError:
    hint = "get the file again: a download may have been cut off"
    return DataError(f"its compression is damaged: {error}", where=str(path), hint=hint)
