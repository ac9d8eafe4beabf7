"""Names of classes from a file: one a line, a number and a name, or JSON."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from amplify import DataError
from amplify.builtin.files import parse_json
from amplify.builtin.tasks.formats.compressed import read_unpacked

_NUMBERED = re.compile(r"(-?\d+)[\t,;: ]\s*(.+)")


def read_class_names(path: Path) -> list[str] | dict[str, str]:
    """The names in a file, in order; or by number, where the file numbers them."""
    data, _ = read_unpacked(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = f"0x{data[error.start]:02x}"
        raise DataError(f"is not UTF-8: byte {byte}", where=str(path)) from None
    names = _from_json(text, path) if text.lstrip().startswith(("[", "{")) else _from_lines(text)
    if len(names) < 2 or not all(names):
        raise DataError(
            "holds no names of classes",
            where=str(path),
            hint='one a line, lines "NUMBER<TAB>NAME", a JSON array of names, or an object of them',
        )
    return names


def name_numbers(
    names: Sequence[str] | Mapping[str, str], cells: Collection[str], path: str
) -> dict[str, str]:
    """The name of each class number; empty where the column's `cells` are no numbers of classes.

    Names in order are counted from 0 if a cell is 0, and from 1 if a cell is their count.
    DataError for a number that has no name, and where the cells leave open which way it is.
    """
    if not cells or not all(re.fullmatch(r"-?\d+", cell) for cell in cells):
        return {}
    if not isinstance(names, Mapping):
        first = 0 if "0" in cells else 1 if str(len(names)) in cells else None
        if first is None:
            raise DataError(
                "does not say whether its names are counted from 0 or from 1, and neither do the"
                f" labels: 0 and {len(names)} are not among them",
                where=path,
                hint='write lines "NUMBER<TAB>NAME"',
            )
        names = {str(number): name for number, name in enumerate(names, first)}
    unnamed = sorted(set(cells) - {*names})
    if unnamed:
        raise DataError(
            f"has no name for the class {unnamed[0]}",
            where=path,
            hint=f"it names: {', '.join(f'{n} {name}' for n, name in [*names.items()][:8])}",
        )
    return dict(names)


def _from_json(text: str, path: Path) -> list[str] | dict[str, str]:
    value = parse_json(text, path)
    if isinstance(value, dict):
        if all(isinstance(name, str) for name in value.values()):
            return {str(number): name.strip() for number, name in value.items()}
        if all(isinstance(number, int) for number in value.values()):
            return {str(number): name.strip() for name, number in value.items()}
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return [name.strip() for name in value]
    return []


def _from_lines(text: str) -> list[str] | dict[str, str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbered = [_NUMBERED.fullmatch(line) for line in lines]
    if lines and all(numbered):
        return {match[1]: match[2].strip() for match in numbered if match}
    return lines
