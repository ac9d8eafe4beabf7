"""Parts of the pool: folds for cross-fitting, or parts to hold out."""

from __future__ import annotations

import random
from collections.abc import Sequence

from amplify.contract.data import Example
from amplify.contract.errors import PlanError
from amplify.loop.data.twins import group_twins


def fold_parts(
    examples: Sequence[Example], folds: int, seed: int, where: str = "[split] folds"
) -> list[list[Example]]:
    """`folds` parts of about equal size, balanced by label; twins stay in one part.

    `where` is the key of the plan that asks for so many.
    """
    groups = [[examples[index] for index in group] for group in group_twins(examples).groups]
    if folds < 2 or folds > len(groups):
        raise PlanError(
            f"{folds} {'folds' if where.endswith('folds') else 'parts'} of {len(groups)} different"
            " texts are not possible",
            where=where,
        )
    order = sorted(groups, key=lambda group: group[0].id)
    random.Random(seed).shuffle(order)
    order.sort(key=lambda group: group[0].label)
    parts: list[list[Example]] = [[] for _ in range(folds)]
    for index, group in enumerate(order):
        parts[index % folds].extend(group)
    return parts
