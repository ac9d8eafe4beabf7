"""The caps of a run: what may be spent on calls, tokens, money and time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from amplify.contract.calls import Completion, Failure, Request
from amplify.run.engine.stop import Stop
from amplify.run.prices import Price
from amplify.run.spent import Spent

CHARACTERS_PER_TOKEN = 4
"""A rule of thumb for English, where nobody counts tokens."""


@dataclass(frozen=True)
class Caps:
    """The most that a run may take; None: no cap. `cost` is in the currency of the prices."""

    calls: int | None = None
    tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """What a call in flight may take at most."""

    tokens: float
    cost: float


Verdict = Literal["go", "wait"]


class Budget:
    """Lets a call go while everything in flight, at its most, stays within the caps.

    A call counts as often as it is tried. Tokens are those of the prompt and of the reply, as the
    provider tells them, else guessed from their length.
    """

    def __init__(
        self,
        caps: Caps,
        price: Price | None,
        count: Callable[[str], int | None],
        spent: Spent | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.caps = caps
        self.price = price
        self.count = count
        self.spent = spent or Spent()
        self.clock = clock
        self.began = clock()
        self.held_tokens = 0.0
        self.held_cost = 0.0

    @property
    def counts(self) -> bool:
        """Whether a call's tokens matter before it is made."""
        return self.caps.tokens is not None or self.caps.cost is not None

    def prompt_tokens(self, request: Request) -> int:
        """The tokens of a prompt, by the provider's tokenizer where it has one."""
        text = request.prompt.text
        counted = self.count(text)
        return len(text) // CHARACTERS_PER_TOKEN if counted is None else counted

    def left(self) -> float | None:
        """The seconds that are left, None where there is no cap."""
        if self.caps.seconds is None:
            return None
        return self.caps.seconds - (self.clock() - self.began)

    def late(self) -> Stop:
        """The stop at the end of the time."""
        return over("--max-seconds", f"{self.caps.seconds:g} seconds have passed")

    def hold(self, request: Request) -> Hold:
        """What a call of this request takes at most."""
        if not self.counts:
            return Hold(0.0, 0.0)
        told = self.prompt_tokens(request)
        cost = self.price.most(told, request.max_tokens) if self.price else 0.0
        return Hold(told + request.max_tokens, cost)

    def admit(self, hold: Hold) -> Verdict | Stop:
        """Whether the call may go now, may fit once those in flight are done, or ends the run."""
        caps, spent = self.caps, self.spent
        left = self.left()
        if left is not None and left <= 0:
            return self.late()
        if caps.calls is not None and spent.calls >= caps.calls:
            return over("--max-calls", f"{spent.calls:,} calls were made")
        if caps.tokens is not None:
            if spent.tokens + hold.tokens > caps.tokens:
                return over("--max-tokens", f"{spent.tokens:,} of {caps.tokens:,} tokens are used")
            if spent.tokens + self.held_tokens + hold.tokens > caps.tokens:
                return "wait"
        if caps.cost is not None:
            if spent.cost is None:
                return over("--max-cost", "what was spent before is not known")
            cost = spent.cost
            if cost + hold.cost > caps.cost:
                unit = self.price.currency if self.price else ""
                return over("--max-cost", f"{cost:.4g} of {caps.cost:.4g} {unit} are spent")
            if cost + self.held_cost + hold.cost > caps.cost:
                return "wait"
        return "go"

    def begin(self, hold: Hold) -> None:
        """The call goes."""
        self.spent.calls += 1
        self.held_tokens += hold.tokens
        self.held_cost += hold.cost

    def end(self, hold: Hold, request: Request, outcome: Completion | Failure | None) -> None:
        """The call is over; one that failed took nothing but the call."""
        self.held_tokens -= hold.tokens
        self.held_cost -= hold.cost
        if isinstance(outcome, Completion):
            self.spend(request, outcome)

    def spend(self, request: Request, done: Completion) -> None:
        """Count what a reply took."""
        told, said = done.usage.input, done.usage.output
        if told is None and self.counts:
            told = self.prompt_tokens(request)
        if said is None and self.counts:
            said = len(done.text) // CHARACTERS_PER_TOKEN
        cost = None if self.price is None else self.price.cost(done.usage, told, said)
        self.spent.add((told or 0) + (said or 0), cost)


def over(cap: str, words: str) -> Stop:
    """The stop at a cap."""
    return Stop("cap", f"stopped by {cap}: {words}")
