"""Notes on labels, splits and sizes that a reader should have before a run is paid for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from amplify.contract.data import Task
from amplify.contract.grammar import counted
from amplify.contract.guard.brief import brief
from amplify.loop.compare.power import DEFAULT_VARIANCES, power
from amplify.loop.compare.statistics import LEVEL, POWER
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.fixed_text import fixed_text

NAMED = 5
"""So many labels are named in a note, and the others counted."""

LISTED = 0.8
"""A label that stands in this share of the inputs is one that the inputs list."""


def label_notes(task: Task, arms: Sequence[Arm], prepared: Sequence[PreparedArm]) -> list[str]:
    """A note on labels that neither an arm's instruction, nor its template, nor the inputs name."""
    if not task.labels or all(item.options for item in task.test):
        return []
    inputs = [item.text.casefold() for item in task.test]
    listed = {label for label in task.labels if _is_listed(label, inputs)}
    missing: dict[tuple[str, ...], list[str]] = {}
    for arm, of_arm in zip(arms, prepared, strict=True):
        bare = replace(of_arm, demonstrations=(), chosen={})
        text = fixed_text(arm, bare, task).casefold()
        lacks = tuple(x for x in task.labels if x not in listed and not _names(text, x))
        missing.setdefault(lacks, []).append(of_arm.name)
    notes = []
    for labels, names in missing.items():
        if labels:
            source = "the instruction does not name" if task.instruction else "no instruction names"
            who = "" if len(missing) == 1 else f" (in {', '.join(names)})"
            notes.append(
                f"{source} {_some(labels)}{who}: the LLM is told of a label by demonstrations at"
                " most; see [task] instruction"
            )
    return notes


def _is_listed(label: str, inputs: Sequence[str]) -> bool:
    """Whether enough of the inputs, whose case is folded, have the label as a word."""
    return sum(_names(text, label) for text in inputs) >= LISTED * len(inputs)


def _names(folded: str, label: str) -> bool:
    """Whether a text whose case is folded has the label as a word, whatever its case."""
    wanted = label.casefold()
    if wanted not in folded:
        return False
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", folded) is not None


def split_notes(task: Task, fits: bool) -> list[str]:
    """A note on labels that no item of a split has; `fits` says that a proxy is fitted on train."""
    if not task.labels or any(e.options for e in (*task.train, *task.pool, *task.test)):
        return []
    parts = {"train": task.train if fits else (), "pool": task.pool, "test": task.test}
    counts = {name: Counter(e.label for e in items) for name, items in parts.items() if items}
    rare = [
        label for label in task.labels if not all(of_split[label] for of_split in counts.values())
    ]
    if not rare:
        return []
    named = [
        f"{brief(label)} ({', '.join(f'{name} {count[label]}' for name, count in counts.items())})"
        for label in rare[:NAMED]
    ]
    more = f" and {len(rare) - NAMED} more" if len(rare) > NAMED else ""
    return [
        f"labels without an item in some split: {', '.join(named)}{more}; what no test item has is"
        " not measured, what no pool item has cannot be shown"
    ]


def size_notes(task: Task, comparisons: int, draws: int = 1) -> list[str]:
    """A note where so few test items can show no difference, whatever the LLM answers.

    `draws` are the most draws of an arm. With one, the test is McNemar's, which takes so many items
    at least. The test over several draws and items has no such number: the note is then on a gain
    of 100 points.
    """
    if draws > 1:
        if (
            not comparisons
            or power(1.0, DEFAULT_VARIANCES, draws, len(task.test), comparisons) >= POWER
        ):
            return []
        return [
            f"{counted(draws, 'draw')} of {counted(len(task.test), 'test item')} show not even a"
            " gain of 100 points in 4"
            f" runs of 5, over {counted(comparisons, 'comparison')}: see --draws and [split] test"
        ]
    least = 1
    while comparisons * 2.0 ** (1 - least) >= LEVEL:
        least += 1
    if not comparisons or len(task.test) >= least:
        return []
    return [
        f"{counted(len(task.test), 'test item')} can show no difference: that takes {least} at"
        " least, over"
        f" {counted(comparisons, 'comparison')}"
    ]


def _some(labels: Sequence[str]) -> str:
    kind = "the label" if len(labels) == 1 else "the labels"
    more = f" and {len(labels) - NAMED} more" if len(labels) > NAMED else ""
    return f"{kind} {', '.join(brief(label) for label in labels[:NAMED])}{more}"
