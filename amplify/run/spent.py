"""What calls took."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Spent:
    """Calls that were made, each as often as it was tried, their tokens and what they cost.

    `cost` is None once a call was answered whose price is not known.
    """

    calls: int = 0
    tokens: int = 0
    cost: float | None = 0.0

    def add(self, tokens: int, cost: float | None) -> None:
        """Count what an answered call took."""
        self.tokens += tokens
        self.cost = None if cost is None or self.cost is None else self.cost + cost
