"""Contenders whose true accuracies are known, and those of recorded runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Draw = Callable[[int, np.random.Generator], Any]


@dataclass(frozen=True)
class World:
    """Contenders with their `true` accuracies; `draw` has them answer so many new items.

    Its result has a row for each contender and a column for each item, True where it is right.
    """

    name: str
    true: Any
    draw: Draw


def simulated(name: str, abilities: Iterable[float], spread: float, copies: float = 0.0) -> World:
    """Contenders of these abilities, on a logistic scale, and items that differ by `spread`.

    Each answer of a contender in the second half is that of the very first with chance `copies`.
    """
    scale = np.array([*abilities])

    def draw(items: int, random: np.random.Generator) -> Any:
        ease = random.normal(0, spread, items)
        right = scale[:, None] + ease + random.logistic(0, 1, (len(scale), items)) > 0
        half = len(scale) // 2
        if copies:
            right[half:] = np.where(
                random.random((len(scale) - half, items)) < copies, right[0], right[half:]
            )
        return right

    ease = np.random.default_rng(0).normal(0, spread, 200_000)
    true = np.array([np.mean(1 / (1 + np.exp(-(ability + ease)))) for ability in scale])
    return World(name, true, draw)


def recorded(folder: Path) -> World:
    """The arms and draws of a run folder; new items are drawn from its test items."""
    right = recorded_answers(folder)

    def draw(items: int, random: np.random.Generator) -> Any:
        return right[:, random.integers(0, right.shape[1], items)]

    return World(folder.name, right.mean(1), draw)


def recorded_answers(folder: Path) -> Any:
    """Whether each arm and draw that answered all items of a run folder was right, by item."""
    by_arm: dict[tuple[str, int], dict[str, bool]] = {}
    for line in (folder / "predictions.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["status"] != "prepared":
            by_arm.setdefault((row["arm"], row.get("draw", 0)), {})[row["item"]] = row["correct"]
    most = max(map(len, by_arm.values()))
    whole = [answers for answers in by_arm.values() if len(answers) == most]
    items = sorted(set.intersection(*(set(answers) for answers in whole)))
    return np.array([[answers[item] for item in items] for answers in whole], bool)


def folders(paths: Iterable[Path]) -> list[Path]:
    """The run folders that these paths are or hold, with several contenders in each."""
    places = [path for path in paths if (path / "predictions.jsonl").exists()]
    places += [each.parent for path in paths for each in sorted(path.glob("*/predictions.jsonl"))]
    return [place for place in places if len(recorded_answers(place)) > 5]


SPREAD = 1.5
"""How much items differ on the logistic scale: answers of two contenders then correlate by 0.29. In
recorded runs they do so by 0 to 0.5, where prompts do not give one label to all items."""

ALIKE = (
    simulated("12 alike, items alike", [0.4] * 12, 0),
    simulated("12 alike", [0.4] * 12, SPREAD),
    simulated("12 alike, half of them near copies", [0.4] * 12, SPREAD, 0.9),
    simulated("40 alike", [0.4] * 40, SPREAD),
)
"""Worlds in which nobody is better."""

_NORMAL = np.random.default_rng(5).normal(0, 1, 20)

UNEQUAL = (
    simulated("5 alike", [0.0] * 5, SPREAD),
    simulated("20 alike", [0.0] * 20, SPREAD),
    simulated("20, sd 5 points", 0.3 * _NORMAL, SPREAD),
    simulated("20, sd 13 points", 0.8 * _NORMAL, SPREAD),
    simulated("39 alike, one 20 points ahead", [0.0] * 39 + [1.2], SPREAD),
)
"""Worlds in which the optimism is of different size."""
