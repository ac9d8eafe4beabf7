"""Choose the best variant of an arm by its answers on held-out parts of the pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amplify.contract.data import Prediction
from amplify.contract.errors import PlanError
from amplify.run.study.grid import VariantChoice


@dataclass(frozen=True)
class ChosenVariant:
    """The variant that was chosen for an arm.

    `right` holds, by variant, how many of the `items` of the pool it answered correctly, on average
    over its draws.
    """

    arm: str
    variant: str
    items: int
    right: dict[str, int | float]


def choose_variant(
    choice: VariantChoice, parts: Sequence[Mapping[str, Sequence[Prediction]]]
) -> ChosenVariant:
    """The variant with the most right answers over all parts; of equals, the first that is named.

    `parts` holds for each part of the pool the predictions of each variant.

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
        name: sum(_mean_right(part.get(name, ())) for part in parts) for name in choice.variants
    }
    items = sum(len({p.item for p in next(iter(part.values()), ())}) for part in parts)
    best = max(right, key=lambda name: right[name])
    return ChosenVariant(choice.arm, best, items, right)


def _mean_right(predictions: Sequence[Prediction]) -> int | float:
    """The number of right answers, on average over draws."""
    right, draws = sum(p.correct for p in predictions), len({p.draw for p in predictions})
    return right / draws if draws > 1 else right
