"""Choose: the best variant of an arm, by its answers on held-out parts of the pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amplify.contract.data import Prediction
from amplify.contract.errors import PlanError
from amplify.run.study.grid import Choice


@dataclass(frozen=True)
class Chosen:
    """What was chosen for an arm, and on what grounds: `right` of `items` pool items by variant."""

    arm: str
    variant: str
    items: int
    right: dict[str, int]


def choose(choice: Choice, parts: Sequence[Mapping[str, Sequence[Prediction]]]) -> Chosen:
    """The variant with the most right answers over all parts; of equals, the first that is named.

    Raises PlanError where the LLM answered none of them.
    """
    answered = [
        [p for p in part.get(name, ()) if p.status != "prepared"]
        for name in choice.variants
        for part in parts
    ]
    if not any(answered):
        raise PlanError(
            f"no variant of {choice.arm} was answered on the pool, so that none can be chosen",
            where="[[vary]] choose",
            hint="choose with an LLM that answers, or measure every variant: choose = false",
        )
    right = {
        name: sum(p.correct for part in parts for p in part.get(name, ()))
        for name in choice.variants
    }
    items = sum(len(next(iter(part.values()), ())) for part in parts)
    best = max(right, key=lambda name: right[name])
    return Chosen(choice.arm, best, items, right)
