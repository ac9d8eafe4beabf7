"""Recognise the format of a data file, and open it as a table."""

from __future__ import annotations

from pathlib import Path

from amplify import Context, DataError
from amplify.builtin.files import Lines, locate
from amplify.builtin.tasks.formats.columnar import read_columnar
from amplify.builtin.tasks.formats.compressed import format_suffix, open_unpacked, wide_encoding_of
from amplify.builtin.tasks.formats.encoding import encoding_of
from amplify.builtin.tasks.formats.excel import read_workbook
from amplify.builtin.tasks.formats.json_values import read_json_table
from amplify.builtin.tasks.formats.line_pairs import read_line_pairs
from amplify.builtin.tasks.formats.table import Table
from amplify.builtin.tasks.formats.text_table import read_csv, read_json_lines
from amplify.builtin.tasks.options import DataOptions

TABLES = (".csv", ".tsv", ".txt")
"""The endings of files that are never JSON."""

USUAL = {".json": "whole", ".jsonl": "lines", ".ndjson": "lines"}
"""The forms of JSON that endings name, for a file that does not show its own."""

HEAD = 4096
"""The first bytes by which JSON and JSON lines are told apart."""


def open_table(path: Path, options: DataOptions, context: Context, labels: str) -> Table:
    """The table of a file, whatever its format; DataError where it is none that is read.

    `labels` is the file of the labels of a file of texts.
    """
    with path.open("rb") as stream:
        magic = stream.read(8)
    suffix = format_suffix(path)
    if magic.startswith((b"PAR1", b"ARROW1")) or suffix in (".arrow", ".arrows"):
        return read_columnar(path)
    if magic.startswith(b"PK\x03\x04") and suffix in (".xlsx", ".xlsm"):
        return read_workbook(path, options.sheet, options.columns)
    # UTF-16 and UTF-32 are known by their first bytes, and opened as UTF-8.
    encoding, note, wide = options.encoding, "", wide_encoding_of(path)
    if wide:
        encoding = "utf-8"
    elif encoding == "auto":
        encoding, note = encoding_of(path)
    table = _text_file(path, suffix, encoding, options, context, labels)
    if note:
        table.notes.append(note)
    if wide or note:
        table.settled["encoding"] = wide.lower() or encoding
    return table


def _text_file(
    path: Path, suffix: str, encoding: str, options: DataOptions, context: Context, labels: str
) -> Table:
    """The table of a file of text: JSON by what it holds, else lines or CSV."""

    def open_lines(file: Path) -> Lines:
        return Lines(file, encoding, open_unpacked)

    if labels or options.format == "lines":
        return read_line_pairs(path, locate(context, labels) if labels else None, open_lines)
    if options.format == "jsonl" or (options.format == "auto" and suffix not in TABLES):
        usual = "lines" if options.format == "jsonl" else USUAL.get(suffix, "")
        form = _json_form(path) or usual
        if form == "lines":
            return _with_columns(read_json_lines(path, encoding, context), path)
        if form:
            return read_json_table(path, encoding)
    named = (options.text, options.label, options.id)
    used = [name for name in _flat(named) if isinstance(name, str) and name]
    table = read_csv(path, options, encoding, context, used)
    if options.format == "auto" and suffix in ("", ".txt") and not table.regular:
        return read_line_pairs(path, None, open_lines)
    return _with_columns(table, path)


def _with_columns(table: Table, path: Path) -> Table:
    if not table.columns:
        raise DataError("the file holds no examples: it is empty", where=str(path))
    return table


def _flat(values: tuple[object, ...]) -> list[object]:
    return [x for value in values for x in (value if isinstance(value, tuple) else (value,))]


def _json_form(path: Path) -> str:
    """Whether the file is JSON: "lines" with one object a line, "whole", or "" where it is none."""
    with open_unpacked(path) as stream:
        head = stream.read(HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith((b"{", b"[")):
        return ""
    first, ends, rest = head.partition(b"\n")
    if head.startswith(b"{") and (not ends or first.rstrip().endswith(b"}")):
        one_line = first.rstrip().endswith(b"}") or len(head) == HEAD
        return "lines" if ends and rest.strip() and one_line else "whole"
    return "whole"
