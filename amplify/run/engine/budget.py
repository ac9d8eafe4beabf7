"""The caps of a run: what may be spent on calls, tokens, money and time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.provider import MostTokens
from amplify.run.cost.prices import Price
from amplify.run.cost.spent import Excess, Spent
from amplify.run.cost.usage import is_told, taken
from amplify.run.engine.stop import Stop

CHARGED = frozenset({"timeout", "connection", "invalid-reply", "missing"})
"""The kinds of failure that a service may charge for: it may have worked, and the reply is lost."""


@dataclass(frozen=True)
class Caps:
    """The most that a run may take; None: no cap. `cost` is in the currency of the prices."""

    calls: int | None = None
    tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self != Caps()


NOTHING = MostTokens(0, 0)

Verdict = Literal["go", "wait"]


def charged(outcome: Completion | Failure | None) -> bool:
    """Whether an attempt without a reply may have cost something; None: it was cut off."""
    if isinstance(outcome, Failure):
        return outcome.kind in CHARGED and outcome.reached
    return outcome is None


class Budget:
    """Lets a call go while everything in flight, at its most, stays within the caps.

    A call counts as often as it is tried. Tokens are those of the prompt and of the reply, as the
    provider tells them; where it does not, the most that they may be (`most`), and so for an
    attempt that may have been charged for though its reply was lost. A call that takes more than
    its most raises that of all later ones (`excess`); `tell` is told of it.
    """

    def __init__(
        self,
        caps: Caps,
        price: Price | None,
        most: Callable[[Request], MostTokens],
        spent: Spent | None = None,
        excess: Excess | None = None,
        tell: Callable[[str], None] = lambda text: None,
        began: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.caps = caps
        self.price = price
        self.most = most
        self.spent = spent or Spent()
        self.excess = excess or Excess()
        self.tell = tell
        self.clock = clock
        self.began = clock() if began is None else began
        self.held = NOTHING

    @property
    def counts(self) -> bool:
        """Whether a call's tokens matter before it is made."""
        return self.caps.tokens is not None or self.caps.cost is not None

    def left(self) -> float | None:
        """The seconds that are left, None where there is no cap."""
        if self.caps.seconds is None:
            return None
        return self.caps.seconds - (self.clock() - self.began)

    def late(self) -> Stop:
        """The stop at the end of the time."""
        return over("--max-seconds", f"{self.caps.seconds:g} seconds have passed")

    def hold(self, request: Request) -> MostTokens:
        """What a call of this request takes at most, as far as caps need to know."""
        return self.most(request) if self.counts else NOTHING

    def admit(self, hold: MostTokens) -> Verdict | Stop:
        """Whether the call may go now, may fit once those in flight are done, or ends the run."""
        caps, spent = self.caps, self.spent
        left = self.left()
        if left is not None and left <= 0:
            return self.late()
        if self._all_made:
            return over("--max-calls", f"{spent.calls:,} calls were made")
        both = MostTokens(hold.input + self.held.input, hold.output + self.held.output)
        if caps.tokens is not None:
            if spent.tokens + self._tokens(hold) > caps.tokens:
                told = f"{spent.tokens:,} of {caps.tokens:,} tokens are used"
                return over(
                    "--max-tokens", f"{told}, and a call may take {self._tokens(hold):,.0f}"
                )
            if spent.tokens + self._tokens(both) > caps.tokens:
                return "wait"
        if caps.cost is not None:
            if spent.priced is None:
                return over("--max-cost", "what was spent before is not known")
            if spent.priced + self._cost(hold) > caps.cost:
                unit = self.price.currency if self.price else ""
                told = f"{spent.priced:.4g} of {caps.cost:.4g} {unit} are spent"
                return over("--max-cost", f"{told}, and a call may cost {self._cost(hold):.4g}")
            if spent.priced + self._cost(both) > caps.cost:
                return "wait"
        return "go"

    def begin(self, hold: MostTokens) -> None:
        """The call goes."""
        self.spent.calls += 1
        self.held = MostTokens(self.held.input + hold.input, self.held.output + hold.output)

    def further(self) -> Stop | None:
        """Count one more request of a call that is under way; the stop where none may go."""
        if self._all_made:
            return over("--max-calls", f"{self.spent.calls:,} calls were made")
        self.spent.calls += 1
        return None

    @property
    def _all_made(self) -> bool:
        return self.caps.calls is not None and self.spent.calls >= self.caps.calls

    def end(self, hold: MostTokens, outcome: Completion | Failure | None) -> None:
        """The call is over."""
        self.held = MostTokens(self.held.input - hold.input, self.held.output - hold.output)
        if isinstance(outcome, Completion):
            self._spend(outcome, hold)
        elif self.counts and charged(outcome):
            self._count(round(self._tokens(hold)), self._cost(hold))

    def _spend(self, done: Completion, hold: MostTokens) -> None:
        """Count what a reply took."""
        guess = hold if self.counts else None
        if guess is not None and self.excess.learn(done.usage, guess):
            self.tell(
                f"a call took {done.usage.input} tokens of prompt and {done.usage.output} of reply,"
                f" where {guess.input} and {guess.output} were thought to be the most: caps now"
                " expect as much more of every call"
            )
        self.spent.untold += not is_told(done.usage)
        given, said = taken(done.usage, guess)
        cost = None if self.price is None else self.price.cost(done.usage, given, said)
        self._count((given or 0) + (said or 0), cost)

    def guess(self, request: Request, done: Completion) -> MostTokens | None:
        """What a reply took at most whose provider does not tell what it took."""
        return None if is_told(done.usage) else self.most(request)

    def most_of(self, most: MostTokens) -> tuple[float, float | None]:
        """The most tokens, and the most money, of calls that take so much; None: not known."""
        return self._tokens(most), self._cost(most) if self.price else None

    def about_seconds(self, calls: int, made: int) -> float | None:
        """Seconds that are plenty for so many more calls, after so many; None without a cap."""
        if self.caps.seconds is None:
            return None
        return max(2 * self.caps.seconds, 3 * calls * (self.clock() - self.began) / made)

    def _count(self, tokens: int, cost: float | None) -> None:
        if self.price is None:
            self.spent.add_unpriced(tokens)
        else:
            self.spent.add(tokens, cost)

    def _tokens(self, most: MostTokens) -> float:
        return sum(self.excess.of(most))

    def _cost(self, most: MostTokens) -> float:
        return self.price.most(*self.excess.of(most)) if self.price else 0.0


def over(cap: str, words: str) -> Stop:
    """The stop at a cap."""
    return Stop("cap", f"stopped by {cap}: {words}")
