"""Scores an arm: its accuracy with an interval, and counts of unparsed replies and failed calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amplify.contract.data import Prediction
from amplify.loop.compare.statistics import wilson


@dataclass(frozen=True)
class ArmScore:
    """An arm's result.

    Items that nobody answered because their prompt has no recorded reply (`prepared`) are not
    scored; unparsed and refused replies and failed calls are wrong, and counted apart. `accuracy`
    and `interval` (Wilson, 95%) are None where nothing was scored.
    """

    name: str
    items: int
    correct: int
    accuracy: float | None
    interval: tuple[float, float] | None
    unparsed: int
    errors: int
    prepared: int
    refused: int = 0


def score_arm(name: str, predictions: Sequence[Prediction]) -> ArmScore:
    """The result of one arm."""
    scored = [p for p in predictions if p.status != "prepared"]
    correct = sum(p.correct for p in scored)
    return ArmScore(
        name,
        len(scored),
        correct,
        correct / len(scored) if scored else None,
        wilson(correct, len(scored)) if scored else None,
        sum(p.status == "unparsed" for p in scored),
        sum(p.status == "failed" for p in scored),
        len(predictions) - len(scored),
        sum(p.status == "refused" for p in scored),
    )
