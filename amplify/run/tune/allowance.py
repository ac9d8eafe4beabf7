"""Tells how many calls a race may still make, so that the test can be asked after it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from amplify.contract.calls import Request
from amplify.run.engine.budget import cap_reached
from amplify.run.engine.engine import Engine
from amplify.run.engine.stop_reason import StopReason
from amplify.run.tune.contenders import Contender, open_requests

MARGIN = 0.8
"""The part of the time that is planned with: calls do not all take equally long."""


@dataclass
class Allowance:
    """What the caps of a run leave to its race.

    `tested` are contenders that are tested whoever wins. The test of the dearest contender that may
    still win is kept back too.
    """

    engine: Engine
    tested: Sequence[Contender]
    began: float = field(default_factory=time.monotonic)
    calls_before: int = 0
    _added: dict[str, tuple[int, int]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.calls_before = self.engine.calls

    def calls(self, surviving: Sequence[Contender], rest: Sequence[Request]) -> int | None:
        """The calls that the race may make from now on; None where no cap is set.

        `rest` are requests of the `surviving` contenders that may still be asked, second calls
        included.
        """
        caps, budget = self.engine.budget.caps, self.engine.budget
        if not caps.any or not surviving:
            return None
        kept = self.engine.remaining(self.kept_back(surviving))
        ahead = self.engine.remaining(rest)
        kept_calls = kept.calls or 0
        allowed = []
        if caps.calls is not None:
            allowed.append(caps.calls - budget.spent.calls - kept_calls)
        for cap, spent, of_test, of_race in (
            (caps.tokens, budget.spent.tokens, kept.tokens, ahead.tokens),
            (caps.cost, budget.spent.priced, kept.cost, ahead.cost),
        ):
            if cap is not None and spent is not None and of_race and ahead.calls:
                each = of_race / ahead.calls
                allowed.append(int((cap - spent - (of_test or 0.0)) / each))
        seconds = budget.seconds_left()
        calls_made = self.engine.calls - self.calls_before
        if seconds is not None and calls_made:
            rate = calls_made / max(1e-6, time.monotonic() - self.began)
            allowed.append(int(MARGIN * seconds * rate) - kept_calls)
        return max(0, min(allowed)) if allowed else None

    def no_race(self) -> StopReason:
        """The reason to stop where the caps do not suffice for a race and its test."""
        caps = self.engine.budget.caps
        keys = ("calls", "tokens", "cost", "seconds")
        cap = next(key for key in keys if getattr(caps, key) is not None)
        return cap_reached(
            f"--max-{cap}", "what it leaves beside the test is not enough to race two contenders"
        )

    def kept_back(self, surviving: Sequence[Contender]) -> list[Request]:
        """The requests of the test, as far as they can be known while these survive."""
        fixed = [r for tested in self.tested for r in (*tested.priors, *self._of_test(tested))]
        dearest = max(surviving, key=self._further, default=None)
        return [*fixed, *(self._of_test(dearest) if dearest else ())]

    def _of_test(self, contender: Contender) -> list[Request]:
        """What the test of a contender may still ask."""
        return open_requests(self.engine, contender.test_requests, contender.second_test_requests)

    def _further(self, contender: Contender) -> tuple[int, int]:
        """How many requests the test of a contender adds, and the characters of their prompts.

        A contender that differs from a tested one in how its replies are read adds none.
        """
        if contender.name not in self._added:
            tested = {_unnamed(r) for reference in self.tested for r in _all_of_test(reference)}
            added = [r for r in _all_of_test(contender) if _unnamed(r) not in tested]
            self._added[contender.name] = (len(added), sum(len(r.prompt.text) for r in added))
        return self._added[contender.name]


def _all_of_test(contender: Contender) -> list[Request]:
    """All that the test of a contender may ask."""
    return [*contender.test_requests, *contender.second_test_requests]


def _unnamed(request: Request) -> Request:
    """The request without the names of its arm and item, which ask nothing."""
    return replace(request, arm="", item="")
