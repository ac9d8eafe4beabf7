"""The rows that a task reads from a file, and the notes on targets that may be mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from amplify import DataError, counted, did_you_mean
from amplify.builtin.tasks.label_forms import form_groups, form_key, group_words
from amplify.builtin.tasks.shorten import shortened
from amplify.builtin.tasks.text_checks import MISSING_WORDS, is_missing, odd_texts


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One item as its file gives it; `place` is the file and line that notes name."""

    id: str
    text: str
    target: str
    place: str = ""


def row_notes(
    rows: Sequence[TaskRow], labels: tuple[str, ...], plan_labels: tuple[str, ...], compared: bool
) -> list[str]:
    """Notes on targets and texts that may be mistakes; DataError where a label is a missing value.

    `labels` are the task's, `plan_labels` those that the plan names; where targets are `compared`,
    those that differ in form alone are noted.
    """
    notes = _same_but_for_form(rows, plan_labels) if compared else []
    notes += _missing(rows, labels, plan_labels)
    notes += odd_texts((r.place or r.id, r.text, f"{r.id}\n{r.target}") for r in rows)
    return notes


def refuse_unlisted(rows: Sequence[TaskRow], labels: Sequence[str], where: str) -> None:
    """DataError for a target that `labels` lacks, by the most frequent of those.

    Targets that differ from a label in form alone are let pass: a note names them. `where` is the
    file, for rows without a place of their own.
    """
    known = {form_key(label) for label in labels}
    counts = Counter(row.target for row in rows if form_key(row.target) not in known)
    if not counts:
        return
    (target, count), *others = counts.most_common()
    first = next(row for row in rows if row.target == target)
    more = f" (and {counted(len(others), 'other label')} too)" if others else ""
    raise DataError(
        f"the option labels lacks the label {shortened(target)!r} of {count:,} of {len(rows):,}"
        f" items{more}{did_you_mean(target, labels)}",
        where=first.place or where,
        hint="add it to labels, or correct it there or in the file; or drop these items",
    )


def merge_labels(rows: Sequence[TaskRow], labels: tuple[str, ...]) -> list[TaskRow]:
    """The rows, with targets that differ in form alone made one.

    That one is the label of `labels` which has the same form, else the most frequent target.
    """
    merged = {form_key(label): label for label in reversed(labels)}
    counts = Counter(row.target for row in rows)
    for target, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        merged.setdefault(form_key(target), target)
    return [replace(row, target=merged[form_key(row.target)]) for row in rows]


def _same_but_for_form(rows: Sequence[TaskRow], plan_labels: tuple[str, ...]) -> list[str]:
    """A note on targets and labels of the plan that differ in form alone."""
    counts = Counter(dict.fromkeys(plan_labels, 0))
    counts.update(row.target for row in rows)
    groups = form_groups(counts)
    if not groups:
        return []
    shown = "; ".join(group_words(group, counts) for group in groups[:5])
    more = f"; and {counted(len(groups) - 5, 'group')} more" if len(groups) > 5 else ""
    return [
        "labels that look alike (they differ by case, white space, invisible characters, Unicode"
        " form or number format alone):"
        f" {shown}{more}; merge_labels = true makes one of each group"
    ]


def _missing(
    rows: Sequence[TaskRow], labels: tuple[str, ...], plan_labels: tuple[str, ...]
) -> list[str]:
    """A note on targets that may stand for a missing value; DataError for those that only can."""
    words = Counter(row.target for row in rows if is_missing(row.target, MISSING_WORDS))
    named = [row for row in rows if row.target in words and row.target not in plan_labels]
    for row in named:
        if labels and is_missing(row.target):
            raise DataError(
                f"the label is {row.target!r}, which is what programs write where a value is"
                f" missing ({words[row.target]} of {counted(len(rows), 'item')})",
                where=row.place or row.id,
                hint="drop such items, or name it in the option labels where it is a class",
            )
    if not named:
        return []
    listed = ", ".join(f"{word!r} ({count} of {len(rows)})" for word, count in words.items())
    return [
        f"labels that may stand for a missing value, taken as they are: {listed}; first at "
        f"{named[0].place or named[0].id}"
    ]
