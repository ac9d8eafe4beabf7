"""Recognise files that are no UTF-8 text by their first bytes, and say how to convert them."""

from __future__ import annotations

import codecs
from pathlib import Path

from amplify import DataError, shell_word

HEAD = 512
"""The first bytes of a file by which its type is recognised."""

_SAVE = "open it where it was made, and save it as CSV in UTF-8"
_ZIP = "unzip {file}; of a workbook (.xlsx, .ods), save the sheet as CSV in UTF-8"
_FRAME = "python -c 'import pandas, sys; pandas.read_{kind}(sys.argv[1]).to_csv(sys.argv[2],"
_FRAME += " index=False)' {file} NEW.csv"

_TYPES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", "gzip-compressed", "unpack it: gunzip -k {file}"),
    (b"BZh", "bzip2-compressed", "unpack it: bunzip2 -k {file}"),
    (b"\xfd7zXZ\x00", "xz-compressed", "unpack it: xz -dk {file}"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed", "unpack it: zstd -d {file}"),
    (b"\x04\x22\x4d\x18", "lz4-compressed", "unpack it: lz4 -d {file}"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it: 7z x {file}"),
    (b"PK\x03\x04", "a zip archive or a workbook", _ZIP),
    (b"\xd0\xcf\x11\xe0", "a workbook or document of old Office", _SAVE),
    (b"PAR1", "a Parquet file", _FRAME.replace("{kind}", "parquet")),
    (b"ARROW1", "an Arrow file", _FRAME.replace("{kind}", "feather")),
    (b"FEA1", "a Feather file", _FRAME.replace("{kind}", "feather")),
    (b"ORC", "an ORC file", _FRAME.replace("{kind}", "orc")),
    (b"\x89HDF", "an HDF5 file", "write its table as CSV or JSON lines"),
    (b"\x80\x02", "a Python pickle", "write its table as CSV or JSON lines"),
    (b"\x80\x03", "a Python pickle", "write its table as CSV or JSON lines"),
    (b"\x80\x04", "a Python pickle", "write its table as CSV or JSON lines"),
    (b"\x80\x05", "a Python pickle", "write its table as CSV or JSON lines"),
    (b"\x93NUMPY", "a NumPy array", "write it as CSV or JSON lines"),
    (b"SQLite format 3\x00", "an SQLite database", "sqlite3 -csv -header {file} 'SELECT ...'"),
    (b"%PDF", "a PDF", "write its table as CSV"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file", "fetch it: git lfs pull"),
)

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def refuse_other_types(path: Path, head: bytes) -> None:
    """DataError with the command that converts the file, where its first bytes are no UTF-8 text.

    `head` are the first bytes of the file `path`.
    """
    name = shell_word(path)
    for magic, kind, hint in _TYPES:
        if head.startswith(magic) and _is_binary(magic, head):
            raise DataError(f"is {kind}", where=str(path), hint=hint.replace("{file}", name))
    if head[257:262] == b"ustar":
        raise DataError("is a tar archive", where=str(path), hint=f"unpack it: tar -xf {name}")
    if head[:HEAD].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise DataError(
            "is a web page, not data", where=str(path), hint="download the raw file that it shows"
        )
    encoding = wide_encoding(head)
    if encoding:
        raise DataError(
            f"is {encoding}, not UTF-8", where=str(path), hint=conversion_hint(path, encoding)
        )
    if b"\0" in head and not _is_text(head):
        raise DataError("is no text", where=str(path), hint="write its table as CSV or JSON lines")


def wide_encoding(head: bytes) -> str:
    """UTF-16 or UTF-32, where a file that begins with the bytes `head` is in it; else empty."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), _unmarked(head))


def conversion_hint(path: Path, encoding: str) -> str:
    """The hint for a file in another encoding: the command that makes it UTF-8."""
    return f"make it UTF-8: iconv -f {encoding} -t UTF-8 {shell_word(path)} > NEW"


def _is_binary(magic: bytes, head: bytes) -> bool:
    """Whether the file is of the type that `magic` marks: a text may begin with "ORC" too."""
    return not magic.isalnum() or any(byte >= 0x80 or byte < 9 for byte in head)


def _is_text(head: bytes) -> bool:
    """Whether the bytes are UTF-8, but for a character that is cut off at their end."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _unmarked(head: bytes) -> str:
    """UTF-16 without a mark, known as every other byte of Latin text is 0; else empty."""
    even, odd = head[0::2], head[1::2]
    if len(head) >= 8 and 10 * odd.count(0) > 9 * len(odd) and not even.count(0):
        return "UTF-16LE"
    if len(head) >= 8 and 10 * even.count(0) > 9 * len(even) and not odd.count(0):
        return "UTF-16BE"
    return ""
