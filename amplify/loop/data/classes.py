"""The labels of a task as classes: which there are, how often each comes, and which are rare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from amplify.contract.data import Example, Task

UNBALANCED = 1.5
"""Classes are unbalanced where the largest has more than so many times the mean count."""


def task_classes(task: Task) -> tuple[str, ...]:
    """The labels of the task, in its order; those of its items' own options where it has none.

    Targets of test items that are none of the labels come last. Empty for open answers.
    """
    every = [*task.train, *task.pool, *task.test]
    listed = {option.label for example in every for option in example.options}
    labels = task.labels or tuple(sorted(listed))
    stray = {example.label for example in task.test} - {*labels}
    return (*labels, *sorted(stray)) if labels else ()


def class_counts(task: Task) -> dict[str, dict[str, int]]:
    """How many items of each split have each label; empty for open answers."""
    labels = task_classes(task)
    splits = {"train": task.train, "pool": task.pool, "test": task.test}
    return {name: _counted(labels, items) for name, items in splits.items()} if labels else {}


def _counted(labels: Sequence[str], items: Iterable[Example]) -> dict[str, int]:
    counts = Counter(example.label for example in items)
    return {label: counts[label] for label in dict.fromkeys(chain(labels, sorted(counts)))}


def unbalanced(counts: Mapping[str, int]) -> bool:
    """Whether the largest class has over 1.5 times the mean of the classes that have items."""
    present = [count for count in counts.values() if count]
    return bool(present) and max(present) * len(present) > UNBALANCED * sum(present)


def rarest(counts: Mapping[str, int]) -> tuple[str, ...]:
    """The two labels with the fewest items, or the one where there are two labels with items."""
    present = [label for label, count in counts.items() if count]
    order = sorted(present, key=lambda label: counts[label])
    return tuple(order[: min(2, len(order) - 1)])
