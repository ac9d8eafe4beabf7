"""Groups the draws of a run's arms: draw by draw, or all draws of an arm as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from amplify.loop.prompt.arm import Arm, PreparedArm

T = TypeVar("T")


def each_draw(
    arms: Sequence[Arm], prepared: Sequence[PreparedArm]
) -> list[tuple[list[Arm], list[PreparedArm]]]:
    """The arms that are compared within each draw, and how they are prepared, in the same order.

    They have the names that the plan gives. An arm with a single draw is in all of them, one with
    fewer draws than another in the first ones.
    """
    draws = sorted({arm.draw for arm in arms} - {0}) or [0]
    pairs = list(zip(arms, prepared, strict=True))
    slices = [[pair for pair in pairs if pair[0].draw in (0, draw)] for draw in draws]
    return [
        (
            [replace(arm, name=arm.plan_name) for arm, _ in of_draw],
            [replace(shown, name=arm.plan_name) for arm, shown in of_draw],
        )
        for of_draw in slices
    ]


def all_draws(prepared: Sequence[PreparedArm]) -> list[PreparedArm]:
    """Each arm of the plan once, with the different demonstrations of all its draws.

    Two demonstrations of the same example are one: the explanation, and so the rationale, is the
    same in all draws. Nothing else of these prepared arms is that of more than the first draw.
    """
    merged = []
    for name, draws in by_plan_name(prepared, prepared).items():
        distinct = {shown.example.id: shown for arm in draws for shown in arm.demonstrations}
        shown = tuple(distinct.values()) if len(draws) > 1 else draws[0].demonstrations
        merged.append(replace(draws[0], name=name, demonstrations=shown))
    return merged


def by_plan_name(arms: Iterable[Arm | PreparedArm], values: Iterable[T]) -> dict[str, list[T]]:
    """The `values`, one for each of the arms, by the name that the plan gives the arm."""
    groups: dict[str, list[T]] = {}
    for arm, value in zip(arms, values, strict=True):
        groups.setdefault(arm.plan_name, []).append(value)
    return groups
