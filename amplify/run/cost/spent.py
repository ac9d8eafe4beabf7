"""What calls took."""

from __future__ import annotations

from dataclasses import dataclass

from amplify.contract.calls import MostTokens, Usage


@dataclass
class Spent:
    """Calls that were made, each as often as it was tried, their tokens and what they cost.

    `priced` is what those of LLMs with a price cost; None once one of them told too few tokens.
    `untold` counts the replies whose tokens the provider did not tell, or not all of them.
    `unpriced` says that LLMs without a price were asked too, which caps on the cost pass over.
    """

    calls: int = 0
    tokens: int = 0
    priced: float | None = 0.0
    unpriced: bool = False
    untold: int = 0

    @property
    def cost(self) -> float | None:
        """What all calls cost; None where that is not known."""
        return None if self.unpriced else self.priced

    def add(self, tokens: int, cost: float | None) -> None:
        """Count what an answered call of an LLM with a price took."""
        self.tokens += tokens
        self.priced = None if cost is None or self.priced is None else self.priced + cost

    def add_unpriced(self, tokens: int) -> None:
        """Count what a call of an LLM without a price took."""
        self.tokens += tokens
        self.unpriced = True


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
