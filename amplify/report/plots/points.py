"""What a plot shows of each arm: a point for each draw, their mean and its interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_TICKS = 6
STEPS = (1, 2, 5, 10, 20)
"""The distances between ticks, in percent."""


@dataclass(frozen=True)
class Point:
    """The accuracy of one draw. `best` says that the draw was chosen as the best on the pool."""

    accuracy: float
    seed: int = 0
    draw: int = 0
    best: bool = False


@dataclass(frozen=True)
class ArmPoints:
    """An arm's draws, their mean accuracy, and its 95% interval (None: it cannot be estimated)."""

    name: str
    points: tuple[Point, ...]
    mean: float
    interval: tuple[float, float] | None


def arm_points(arms: Iterable[Mapping[str, Any]], name_key: str = "name") -> list[ArmPoints]:
    """The points of the arms of a record that have answers; an arm with a single draw has one.

    `name_key` is the key under which an arm of the record has its name.
    """
    return [
        ArmPoints(
            arm[name_key],
            tuple(
                Point(
                    draw["correct"] / draw["items"],
                    draw["seed"],
                    draw["draw"],
                    draw["draw"] == arm.get("best_draw"),
                )
                for draw in arm["draws"]
                if draw["items"]
            )
            or (Point(arm["accuracy"]),),
            arm["accuracy"],
            None if arm["interval"] is None else (arm["interval"][0], arm["interval"][1]),
        )
        for arm in arms
        if arm["accuracy"] is not None
    ]


def has_draws(arms: Iterable[ArmPoints]) -> bool:
    """Whether any arm has several draws, so that there is something to plot."""
    return any(len(arm.points) > 1 for arm in arms)


@dataclass(frozen=True)
class Scale:
    """The common scale of a plot: its ticks, in percent, the first and the last at its ends."""

    ticks: tuple[int, ...]

    def share(self, accuracy: float) -> float:
        """How far along the scale an accuracy is: 0 at its beginning, 1 at its end."""
        low, high = self.ticks[0], self.ticks[-1]
        return min(1.0, max(0.0, (100 * accuracy - low) / (high - low)))


def common_scale(arms: Sequence[ArmPoints]) -> Scale:
    """The scale that holds every point and interval of the arms, with ticks at round numbers."""
    accuracies = [
        accuracy
        for arm in arms
        for accuracy in (arm.mean, *(arm.interval or ()), *(p.accuracy for p in arm.points))
    ]
    # Rounded, so that 0.57 is not the 56.99999999999999 percent that floats make of it.
    low, high = (round(100 * bound(accuracies), 6) for bound in (min, max))
    for step in STEPS:
        first, last = int(low // step) * step, -int(-high // step) * step
        if (last - first) // step < MOST_TICKS:
            break
    if first == last:
        first, last = (first - step, last) if first else (first, last + step)
    return Scale(tuple(range(first, last + 1, step)))
