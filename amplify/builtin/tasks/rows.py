"""The rows of a task as a file gives them: targets that are one label, and what is odd in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from amplify import DataError
from amplify.builtin.tasks.looks import (
    MISSING_WORDS,
    alike,
    alike_key,
    is_missing,
    odd_texts,
    show_alike,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One item as its file gives it; `place` is the file and line that notes name."""

    id: str
    text: str
    target: str
    place: str = ""


def row_notes(
    rows: Sequence[Row], labels: tuple[str, ...], given: tuple[str, ...], compared: bool
) -> list[str]:
    """Notes on what is odd in the rows; DataError for a label that is no label.

    `labels` are the task's, `given` those that the plan names; where targets are `compared`, those
    that differ in form alone are noted.
    """
    notes = _alike(rows, given) if compared else []
    notes += _missing(rows, labels, given)
    notes += odd_texts((r.place or r.id, r.text, f"{r.id}\n{r.target}") for r in rows)
    return notes


def merged(rows: Sequence[Row], labels: tuple[str, ...]) -> list[Row]:
    """The rows with one target for all that differ in form alone: a given label, or the first."""
    known = {alike_key(label): label for label in reversed(labels)}
    counts = Counter(row.target for row in rows)
    for target, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        known.setdefault(alike_key(target), target)
    return [replace(row, target=known[alike_key(row.target)]) for row in rows]


def _alike(rows: Sequence[Row], given: tuple[str, ...]) -> list[str]:
    """A note on targets and given labels that differ in form alone."""
    counts = Counter(dict.fromkeys(given, 0))
    counts.update(row.target for row in rows)
    groups = alike(counts)
    if not groups:
        return []
    shown = "; ".join(show_alike(group, counts) for group in groups[:5])
    more = f"; and {len(groups) - 5} groups more" if len(groups) > 5 else ""
    return [
        "labels that look alike (they differ by case, white space, invisible characters, Unicode"
        " form or number format alone):"
        f" {shown}{more}; merge_labels = true makes one of each group"
    ]


def _missing(rows: Sequence[Row], labels: tuple[str, ...], given: tuple[str, ...]) -> list[str]:
    """A note on targets that are a word for a missing value; DataError where it is no word."""
    found = Counter(row.target for row in rows if is_missing(row.target, MISSING_WORDS))
    named = [row for row in rows if row.target in found and row.target not in given]
    for row in named:
        if labels and is_missing(row.target):
            raise DataError(
                f"the label is {row.target!r}, which is what programs write where a value is"
                f" missing ({found[row.target]} of {len(rows)} items)",
                where=row.place or row.id,
                hint="drop such items, or name it in the option labels where it is a class",
            )
    if not named:
        return []
    words = ", ".join(f"{word!r} ({found[word]} of {len(rows)})" for word in found)
    return [
        f"labels that may stand for a missing value, taken as they are: {words}; first at "
        f"{named[0].place or named[0].id}"
    ]
