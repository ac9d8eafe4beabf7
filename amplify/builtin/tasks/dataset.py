"""Make a data set of rows: each item's options, the label set, and notes on odd labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from amplify import DataError, Dataset, Example, Option, counted
from amplify.builtin.listed_options import OptionList, find_options, lettered_options
from amplify.builtin.tasks.options import Answers
from amplify.builtin.tasks.rows import TaskRow, refuse_unlisted, row_notes
from amplify.builtin.tasks.rows import merge_labels as merged
from amplify.builtin.tasks.shorten import first_names, shortened

MANY = 10
"""More different targets than this are labels only where most of them come more than once."""


def build_dataset(
    name: str,
    rows: Sequence[TaskRow],
    *,
    source: Mapping[str, Any],
    instruction: str = "",
    answers: Answers = "auto",
    labels: tuple[str, ...] = (),
    counts: bool = False,
    merge_labels: bool = False,
    notes: Sequence[str] = (),
) -> Dataset:
    """The data set called `name`, of `rows`.

    `source` says where the rows come from (path, SHA-256, number of items), `notes` what was noted
    while they were read.

    Items whose inputs list options that most targets name get those options. Else the label set is
    `labels`, or the bullets that all inputs list alike, or the targets; with open answers it is
    empty. A target that `labels` lacks is refused; one that is none of its item's options is kept,
    and named in the notes. With `merge_labels` targets that differ in form alone become one.

    `counts` says that whole numbers are open answers, however often each of them comes: items of
    such files ask to count or to compute. Targets that are all 0 or 1 stay labels.
    """
    where = str(source.get("path", name))
    if not rows:
        raise DataError("the file holds no examples", where=where)
    _refuse_repeated_ids(rows, where)
    if merge_labels:
        rows = merged(rows, labels)
    listed = [find_options(row.text) for row in rows]
    notes, plan_labels = list(notes), labels
    if answers == "open":
        options: list[tuple[Option, ...]] = [()] * len(rows)
        labels = ()
    else:
        options = [()] * len(rows) if labels else _options(rows, listed)
        if not labels:
            labels = _labels(rows, listed, options, answers, counts, notes)
        if len(labels) == 1:
            raise DataError(
                f"all {counted(len(rows), 'item')} have the label {shortened(labels[0])!r}; a"
                " task needs two"
                " or more",
                where=where,
            )
    examples = tuple(
        Example(
            row.id,
            row.text,
            row.target,
            item_options,
            options_list.question if options_list else None,
        )
        for row, item_options, options_list in zip(rows, options, listed, strict=True)
    )
    notes += _faults(examples, labels)
    notes += row_notes(rows, labels, plan_labels, compared=answers != "open")
    if plan_labels and answers != "open":
        refuse_unlisted(rows, plan_labels, where)
    places = {row.id: row.place for row in rows if row.place}
    return Dataset(name, instruction, labels, examples, (), tuple(notes), source, places)


def _options(
    rows: Sequence[TaskRow], listed: Sequence[OptionList | None]
) -> list[tuple[Option, ...]]:
    """Each item's options, named as most targets name them; empty for all where they do not."""
    best: list[tuple[Option, ...]] = [()] * len(rows)
    most = len(rows) / 2
    for style in ("({})", "{}"):
        options = [lettered_options(row.text, style)[0] for row in rows]
        named = _named(rows, options)
        if named > most:
            best, most = options, named
    if not any(best) and len(_bullet_sets(rows, listed)) > 1:
        options = [
            tuple(
                Option(row.text[item.start : item.end], item.start, item.end)
                for item in (bullets.items if bullets else ())
            )
            for row, bullets in zip(rows, listed, strict=True)
        ]
        if _named(rows, options) > most:
            best = options
    return best


def _named(rows: Sequence[TaskRow], options: Sequence[tuple[Option, ...]]) -> int:
    """How many targets are the label of one of their item's options."""
    return sum(
        row.target in [option.label for option in item_options]
        for row, item_options in zip(rows, options, strict=True)
    )


def _bullet_sets(
    rows: Sequence[TaskRow], listed: Sequence[OptionList | None]
) -> list[tuple[str, ...]]:
    """The different lists of bullets that inputs hold, in order of appearance."""
    sets = {
        tuple(row.text[item.start : item.end] for item in bullets.items): None
        for row, bullets in zip(rows, listed, strict=True)
        if bullets and not bullets.items[0].letter
    }
    return list(sets)


def _labels(
    rows: Sequence[TaskRow],
    listed: Sequence[OptionList | None],
    options: Sequence[tuple[Option, ...]],
    answers: Answers,
    counts: bool,
    notes: list[str],
) -> tuple[str, ...]:
    """The task's label set, empty for open answers."""
    if any(options):
        return tuple(sorted({option.label for item_options in options for option in item_options}))
    targets = [row.target for row in rows]
    bullets = _bullet_sets(rows, listed)
    if len(bullets) == 1 and 2 * sum(target in bullets[0] for target in targets) > len(targets):
        return bullets[0]
    if answers == "auto":
        reason = _openness(Counter(targets), counts)
        if reason:
            notes.append(f"answers are taken as open: {reason}; the option answers says otherwise")
            return ()
        notes += _number_note(Counter(targets))
    return tuple(sorted(set(targets)))


def _openness(targets: Counter[str], counts: bool) -> str:
    """Why the targets look like free answers; empty where they look like labels.

    Labels repeat; free answers differ in most items, or most of them stand in one item alone.
    """
    kinds, items = len(targets), targets.total()
    if counts and set(targets) != {"0", "1"} and all(map(_INTEGER.fullmatch, targets)):
        return "all targets are integers"
    if kinds > 2 and 2 * kinds > items:
        return f"{counted(kinds, 'different target')} in {counted(items, 'item')}"
    once = sum(count == 1 for count in targets.values())
    if kinds > MANY and 2 * once > kinds:
        return f"{once} of {counted(kinds, 'different target')} stand in one item alone"
    return ""


def _number_note(targets: Counter[str]) -> list[str]:
    """A note where all targets are numbers, which are taken as labels but may be amounts."""
    if len(targets) < 3 or not all(map(_NUMBER.fullmatch, targets)):
        return []
    return [
        f"numbers are taken as labels: {len(targets)} different ones in"
        f" {counted(targets.total(), 'item')};"
        " the option answers says otherwise"
    ]


_INTEGER = re.compile(r"\s*-?[0-9]+\s*")

_NUMBER = re.compile(r"\s*[-−+]?\d+([.,]\d+)?\s*")


def _refuse_repeated_ids(rows: Sequence[TaskRow], where: str) -> None:
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 1):
        if row.id in seen:
            raise DataError(
                f"the id {shortened(row.id)!r} stands at items {seen[row.id]} and {number}",
                where=where,
            )
        seen[row.id] = number


def _faults(examples: Sequence[Example], labels: tuple[str, ...]) -> list[str]:
    """A note on items whose target cannot be chosen, and one on items with a single option."""
    stray = [
        f"{e.id} ({e.label[:40]!r})" for e in examples if labels and e.label not in e.labels(labels)
    ]
    lone = [e.id for e in examples if len(e.options) == 1]
    notes = []
    if stray:
        notes.append(f"items whose label is none of those that can be chosen: {first_names(stray)}")
    if lone:
        notes.append(f"a single option is listed, so the text is damaged: {first_names(lone)}")
    return notes
