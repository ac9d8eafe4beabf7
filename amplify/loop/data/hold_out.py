"""Puts a part of the pool in place of test, so that a choice is made without the test items."""

from __future__ import annotations

from dataclasses import replace

from amplify.contract.data import Task
from amplify.loop.data.folds import fold_parts


def hold_out(task: Task, part: int, parts: int, seed: int) -> Task:
    """The task with part `part` (from 1) of `parts` of its pool in place of test.

    The parts are of about equal size and balanced by label, twins stay together. The old test items
    are nowhere in it; where the pool is also what the proxy is fitted on, the part leaves both.
    """
    held = {e.id for e in fold_parts(task.pool, parts, seed, "[split] held_out")[part - 1]}
    return replace(
        task,
        train=tuple(example for example in task.train if example.id not in held),
        pool=tuple(example for example in task.pool if example.id not in held),
        test=tuple(example for example in task.pool if example.id in held),
        notes=(*task.notes, f"measured on part {part} of {parts} of the pool, not on test"),
    )
