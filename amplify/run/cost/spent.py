"""What the calls of a run took: their number, tokens and cost."""

from __future__ import annotations

from dataclasses import dataclass

from amplify.contract.calls import Usage
from amplify.contract.provider import MostTokens


@dataclass
class Spent:
    """Attempts at calls, the tokens of those that were answered, and their cost.

    `calls` counts every attempt. `priced` is the cost of the calls to LLMs that have a price; None
    once the provider of one did not count its tokens. `untold` counts the replies whose tokens the
    provider did not tell, or not all of them. `unpriced` says that LLMs without a price were called
    too: a cap on the cost does not count those.
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
    """How far calls went beyond the tokens that they were to take at most: a factor of 1 or more.

    `input` and `output` hold the largest factor seen of a prompt and of a reply.
    """

    input: float = 1.0
    output: float = 1.0

    def learn(self, usage: Usage, most: MostTokens) -> bool:
        """Raise the factors to those of a call; whether they changed.

        `usage` is what the call took, `most` what it was to take at most.
        """
        before = (self.input, self.output)
        if usage.input is not None:
            self.input = max(self.input, usage.input / max(1, most.input))
        if usage.output is not None:
            self.output = max(self.output, usage.output / max(1, most.output))
        return before != (self.input, self.output)

    def of(self, most: MostTokens) -> tuple[float, float]:
        """The most tokens of prompt and reply (`most`), times the factors."""
        return most.input * self.input, most.output * self.output
