"""Sets validation items apart from the pool, so that no demonstration is one of them."""

from __future__ import annotations

from dataclasses import replace

from amplify.contract.data import Example, Task
from amplify.contract.errors import PlanError
from amplify.contract.grammar import counted
from amplify.kit.seeded_order import seeded_key
from amplify.loop.data.twins import group_twins

MOST = 100
"""How many validation items there are at most where nobody says a number."""


def set_apart(task: Task, size: int | float | None, seed: int) -> tuple[Task, tuple[Example, ...]]:
    """The task without its validation items, and these, in a random order by the seed.

    `size` is their count, or their share of the pool; None: 100, or half of a smaller pool. They
    are taken from the beginning of the pool, which is stratified by label; twins stay together.
    Where the pool is also what the proxy is fitted on, the items leave both.

    Raises PlanError where the pool does not have so many, and one more to show. Where nobody says a
    number, twins that stay together may leave fewer.
    """
    count = min(MOST, len(task.pool) // 2)
    if size is not None:
        count = size if isinstance(size, int) else round(size * len(task.pool))
    taken: list[Example] = []
    for group in sorted(group_twins(task.pool, task.moulds).groups):
        if len(taken) + len(group) <= count:
            taken += [task.pool[index] for index in group]
    least = 1 if size is None else max(1, count)
    if len(taken) < least or len(taken) == len(task.pool):
        raise PlanError(
            f"asks for {count} of the {counted(len(task.pool), 'pool item')}; twins stay"
            " together, and one"
            " item at least has to stay for demonstrations",
            where="[tune] validation",
            hint="lower it, or enlarge [split] pool",
        )
    ids = {example.id for example in taken}
    apart = replace(
        task,
        train=tuple(example for example in task.train if example.id not in ids),
        pool=tuple(example for example in task.pool if example.id not in ids),
    )
    taken.sort(key=lambda example: seeded_key(seed, f"validation/{example.id}"))
    return apart, tuple(taken)
