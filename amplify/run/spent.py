"""What calls took."""

from __future__ import annotations

from dataclasses import dataclass

from amplify.contract.calls import MostTokens, Usage


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


@dataclass
class Excess:
    """How many times the most that a call was to take the costliest one took: 1 and more."""

    input: float = 1.0
    output: float = 1.0

    def learn(self, usage: Usage, most: MostTokens) -> bool:
        """Take a call's tokens in; whether it went further beyond its most than any before."""
        before = (self.input, self.output)
        if usage.input is not None:
            self.input = max(self.input, usage.input / max(1, most.input))
        if usage.output is not None:
            self.output = max(self.output, usage.output / max(1, most.output))
        return before != (self.input, self.output)

    def of(self, most: MostTokens) -> tuple[float, float]:
        """The most tokens of prompt and reply, by what is known of calls like it."""
        return most.input * self.input, most.output * self.output
