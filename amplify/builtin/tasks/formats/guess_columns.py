"""Guess which columns of a table hold the text and the label, and whether it has a header."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

TEXTS = (
    *("text", "sentence", "message", "review", "question", "input", "content", "body", "tweet"),
    *("utterance", "document", "comment", "prompt", "query", "description", "abstract", "title"),
)
"""Names of columns that hold a text, the likeliest first."""

LABELS = (
    *("label", "labels", "category", "class", "target", "sentiment", "answer", "intent", "topic"),
    *("tag", "label_text", "label_name", "output", "gold", "stars", "rating", "type", "y"),
)
"""Names of columns that hold a label, the likeliest first."""

MOST_CLASSES = 200
"""A column with more different cells is not guessed to hold labels."""

LONGEST_NAME = 40
"""The most characters of a column's name in a line that passes for a header."""


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of a table's rows looks like a header.

    A row with a name that is known for a text or a label is one. Else its cells are short, not
    numbers, all different, and none of them comes again in its column.
    """
    if not rows:
        return False
    first = [cell.strip() for cell in rows[0]]
    if has_known_name(first):
        return True
    filled = [cell for cell in first if cell]
    if not filled or len(set(filled)) < len(filled):
        return False
    if any(_is_number(cell) or len(cell) > LONGEST_NAME for cell in filled):
        return False
    return not any(
        row[index].strip() == cell
        for row in rows[1:]
        for index, cell in enumerate(first[: len(row)])
        if cell
    )


def has_known_name(columns: Sequence[str]) -> bool:
    """Whether one of the columns has a name that is known for a text or a label."""
    return bool({name.casefold() for name in columns} & {*TEXTS, *LABELS})


def label_candidates(
    columns: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> dict[str, list[str]]:
    """The columns that may hold the label, each with its different cells.

    That is the one with a usual name; where there is none, those with cells that repeat. Columns of
    long cells are left out where another one repeats.
    """
    names = [name for name in columns if name]
    named = named_column(names, LABELS)
    if named:
        return {named: []}
    short: dict[str, list[str]] = {}
    long: dict[str, list[str]] = {}
    for name in names:
        cells = [str(row[name]).strip() for row in rows if row.get(name) not in (None, "")]
        kinds = Counter(cells)
        repeated = sum(count > 1 for count in kinds.values())
        if 2 <= len(kinds) <= min(MOST_CLASSES, len(cells) / 2) and 2 * repeated > len(kinds):
            fitting = long if max(map(len, kinds)) > LONGEST_NAME * 2 else short
            fitting[name] = [*kinds]
    return short or long


def guess_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], label: str) -> str:
    """The column that holds the text: by its name, else the one with the longest cells."""
    names = [name for name in columns if name and name != label]
    named = named_column(names, TEXTS)
    if named or not names:
        return named
    return max(names, key=lambda name: sum(len(_text(row.get(name))) for row in rows))


def further_texts(
    columns: Sequence[str], rows: Sequence[Mapping[str, Any]], text: str, label: str
) -> list[str]:
    """Other columns that hold texts too: of 20 characters or more on average, and seldom twice."""
    names = []
    for name in columns:
        cells = [_text(row.get(name)) for row in rows]
        long = cells and sum(map(len, cells)) >= 20 * len(cells)
        if name and name not in (text, label) and long and 2 * len({*cells}) > len(cells):
            names.append(name)
    return names


def named_column(columns: Sequence[str], known: Sequence[str]) -> str:
    """The column whose name is the first of the `known`, else the first that holds one as a word.

    Case makes no difference. Empty: there is none.
    """
    by_name = {name.casefold(): name for name in reversed(columns)}
    for name in known:
        if name in by_name:
            return by_name[name]
    for name in known:
        for column in columns:
            words = column.casefold().replace("-", "_").replace(" ", "_").split("_")
            if len(name) > 3 and name in words and "id" not in words:
                return column
    return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
