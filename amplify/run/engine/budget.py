"""The budget of a run: the caps on calls, tokens, money and time, and what is spent of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from amplify.contract.calls import Completion, Failure, Request, Usage
from amplify.contract.grammar import counted
from amplify.contract.provider import MostTokens
from amplify.run.cost.prices import Price
from amplify.run.cost.spent import Excess, Spent
from amplify.run.cost.usage import counted_tokens, is_told
from amplify.run.engine.stop_reason import StopReason
from amplify.run.store.attempts import FirstReply

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
        """Whether any cap is set."""
        return self != Caps()


NO_TOKENS = MostTokens(0, 0)

Clearance = Literal["go", "wait"]


def charged(outcome: Completion | Failure | None) -> bool:
    """Whether an attempt without a reply may have cost something; None: it was cut off."""
    if isinstance(outcome, Failure):
        return outcome.kind in CHARGED and outcome.reached
    return outcome is None


class Budget:
    """Lets a call go while all calls in flight, at their most, stay within the caps.

    Every attempt counts as a call. Tokens are those of prompt and reply as the provider counts
    them. Where it does not, or where a reply was lost that may have been charged for, the most
    tokens that the call may take count. A call that takes more than that raises the most of all
    later calls (`excess`).
    """

    def __init__(
        self,
        caps: Caps,
        price: Price | None,
        most: Callable[[Request], MostTokens],
        spent: Spent,
        excess: Excess,
        warn: Callable[[str], None] = lambda text: None,
        began: float | None = None,
    ) -> None:
        """`most` tells the most tokens that a call may take. `spent` and `excess` are those of the
        calls that an earlier sitting of the run made. `warn` is told of a call that takes more than
        its most. `began` is when the time began that is capped, by `time.monotonic`: by default
        now."""
        self.caps = caps
        self.price = price
        self.most = most
        self.spent = spent
        self.excess = excess
        self.warn = warn
        self.began = time.monotonic() if began is None else began
        self.reserved = NO_TOKENS

    @property
    def counts_tokens(self) -> bool:
        """Whether the tokens of a call matter before it is made."""
        return self.caps.tokens is not None or self.caps.cost is not None

    def seconds_left(self) -> float | None:
        """The seconds that are left, None where there is no cap on time."""
        if self.caps.seconds is None:
            return None
        return self.caps.seconds - (time.monotonic() - self.began)

    def time_is_up(self) -> StopReason:
        """The reason to stop at the end of the time."""
        return cap_reached("--max-seconds", f"{self.caps.seconds:g} seconds have passed")

    def reservation(self, request: Request) -> MostTokens:
        """The tokens to reserve for a call while it is in flight: its most where caps need them."""
        return self.most(request) if self.counts_tokens else NO_TOKENS

    def known(self, reserved: MostTokens) -> MostTokens | None:
        """The tokens that a call takes at most, by its reservation; None where none was needed."""
        return reserved if self.counts_tokens else None

    def clearance(self, reserved: MostTokens) -> Clearance | StopReason:
        """Whether a call with this reservation may go now, may go once others are done ("wait"), or
        does not fit a cap at all, so that the run stops."""
        caps, spent = self.caps, self.spent
        seconds = self.seconds_left()
        if seconds is not None and seconds <= 0:
            return self.time_is_up()
        if self._calls_used_up:
            return cap_reached(
                "--max-calls", counted(spent.calls, "call was made", "calls were made")
            )
        if not self.counts_tokens:
            return "go"
        before = self.reserved
        both = MostTokens(reserved.input + before.input, reserved.output + before.output)
        if caps.tokens is not None:
            tokens = self._tokens(reserved)
            if spent.tokens + tokens > caps.tokens:
                used = f"{spent.tokens:,} of {caps.tokens:,} tokens are used"
                return cap_reached("--max-tokens", f"{used}, and a call may take {tokens:,.0f}")
            if spent.tokens + self._tokens(both) > caps.tokens:
                return "wait"
        if caps.cost is not None:
            if spent.priced is None:
                return cap_reached("--max-cost", "what was spent before is not known")
            cost = self._cost(reserved)
            if spent.priced + cost > caps.cost:
                unit = self.price.currency if self.price else ""
                used = f"{spent.priced:.4g} of {caps.cost:.4g} {unit} are spent"
                return cap_reached("--max-cost", f"{used}, and a call may cost {cost:.4g}")
            if spent.priced + self._cost(both) > caps.cost:
                return "wait"
        return "go"

    def begin(self, reserved: MostTokens) -> None:
        """An attempt with this reservation begins."""
        self.spent.calls += 1
        if reserved is not NO_TOKENS:
            before = self.reserved
            self.reserved = MostTokens(
                before.input + reserved.input, before.output + reserved.output
            )

    def count_further_request(self) -> StopReason | None:
        """Count one more request of an attempt under way; the reason to stop where none may go."""
        if self._calls_used_up:
            return cap_reached(
                "--max-calls", counted(self.spent.calls, "call was made", "calls were made")
            )
        self.spent.calls += 1
        return None

    def count_first(self, first: FirstReply) -> None:
        """Count the first reply of a call that takes two, while the second is yet to come."""
        self._count(*self._taken(first.completion.usage, first.most))

    def end(
        self,
        reserved: MostTokens,
        outcome: Completion | Failure | None,
        first: FirstReply | None = None,
    ) -> None:
        """An attempt with this reservation has ended; `outcome` None: it was cut off.

        `first` is the first reply of a call that takes two, which is counted already.
        """
        if reserved is not NO_TOKENS:
            before = self.reserved
            self.reserved = MostTokens(
                before.input - reserved.input, before.output - reserved.output
            )
        if isinstance(outcome, Completion):
            self._spend(outcome, reserved, first)
        elif self.counts_tokens and charged(outcome):
            rest = reserved if first is None else first.rest_of(reserved)
            self._count(round(self._tokens(rest)), self._cost(rest))

    def assumed_tokens(self, request: Request, completion: Completion) -> MostTokens | None:
        """The tokens that count for a reply whose provider does not count them, else None."""
        return None if is_told(completion.usage) else self.most(request)

    def upper_bounds(self, most: MostTokens) -> tuple[float, float | None]:
        """The most tokens and the most money of calls that take `most` together; None: unknown."""
        return self._tokens(most), self._cost(most) if self.price else None

    def ample_seconds(self, calls: int, calls_before: int) -> float | None:
        """Seconds that are ample for so many calls, by those before; None without a cap on time."""
        if self.caps.seconds is None:
            return None
        each = (time.monotonic() - self.began) / calls_before
        return max(2 * self.caps.seconds, 3 * calls * each)

    @property
    def _calls_used_up(self) -> bool:
        return self.caps.calls is not None and self.spent.calls >= self.caps.calls

    def _spend(
        self, completion: Completion, reserved: MostTokens, first: FirstReply | None
    ) -> None:
        """Count what a reply took, beyond its `first` part."""
        usage, most = completion.usage, self.known(reserved)
        if most is not None and self.excess.learn(usage, most):
            self.warn(
                f"a call took {usage.input} tokens of prompt and {usage.output} of reply,"
                f" where {most.input} and {most.output} were thought to be the most: caps now"
                " expect as much more of every call"
            )
        self.spent.untold += not is_told(usage)
        tokens, cost = self._taken(usage, most)
        if first is not None:
            before, paid = self._taken(first.completion.usage, first.most)
            tokens -= before
            cost = None if cost is None or paid is None else cost - paid
        self._count(tokens, cost)

    def _taken(self, usage: Usage, most: MostTokens | None) -> tuple[int, float | None]:
        """The tokens and the cost of a reply; `most` counts where the usage is not told."""
        prompt, reply = counted_tokens(usage, most)
        cost = None if self.price is None else self.price.cost(usage, prompt, reply)
        return (prompt or 0) + (reply or 0), cost

    def _count(self, tokens: int, cost: float | None) -> None:
        if self.price is None:
            self.spent.add_unpriced(tokens)
        else:
            self.spent.add(tokens, cost)

    def _tokens(self, most: MostTokens) -> float:
        return sum(self.excess.of(most))

    def _cost(self, most: MostTokens) -> float:
        return self.price.most(*self.excess.of(most)) if self.price else 0.0


def cap_reached(cap: str, details: str) -> StopReason:
    """The reason to stop at a cap, which is named as an option of the command line."""
    return StopReason("cap", f"stopped by {cap}: {details}")
