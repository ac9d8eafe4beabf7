"""Raised caps: the values with which a run that was stopped by a cap can make all its calls."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amplify.run.cost.spent import Spent
    from amplify.run.engine.budget import Caps

DIGITS = 3
"""How many digits of a value are kept, the last one rounded up."""


@dataclass(frozen=True)
class Remaining:
    """The most that the requests which are still to be asked take; None where that is not known.

    `seconds` is a rough forecast, not an upper bound.
    """

    calls: int | None = 0
    tokens: float | None = 0.0
    cost: float | None = 0.0
    seconds: float | None = None

    def plus(self, more: Remaining) -> Remaining:
        """What these requests and `more` take together."""
        calls = _sum(self.calls, more.calls)
        return Remaining(
            None if calls is None else int(calls),
            _sum(self.tokens, more.tokens),
            _sum(self.cost, more.cost),
            _sum(self.seconds, more.seconds),
        )

    def times(self, factor: int) -> Remaining:
        """What so many times as many requests take."""
        values = (self.calls, self.tokens, self.cost, self.seconds)
        calls, *others = (None if value is None else factor * value for value in values)
        return Remaining(None if calls is None else int(calls), *others)


def largest(alternatives: Sequence[Remaining]) -> Remaining:
    """The most that any of the alternatives takes, in each respect; nothing where there is none."""

    def most(key: str) -> float | None:
        values = [getattr(each, key) for each in alternatives]
        return None if None in values else max(values, default=0)

    calls = most("calls")
    return Remaining(
        None if calls is None else int(calls), most("tokens"), most("cost"), most("seconds")
    )


def together(*parts: Remaining | None) -> Remaining | None:
    """What the parts take together; None where there is none."""
    present = [part for part in parts if part is not None]
    return reduce(Remaining.plus, present) if present else None


def enough(caps: Caps, spent: Spent, remaining: Remaining) -> Mapping[str, float]:
    """The caps that would end the run, as keys of `[calls]`, each with a value that suffices.

    `spent` is what the run has taken so far. Calls that fail and are tried again may need more.
    """
    needs = {
        "max_calls": (caps.calls, _sum(spent.calls, remaining.calls)),
        "max_tokens": (caps.tokens, _sum(spent.tokens, remaining.tokens)),
        "max_cost": (caps.cost, _sum(spent.cost, remaining.cost)),
        "max_seconds": (caps.seconds, remaining.seconds),
    }
    raised: dict[str, float] = {}
    for key, (cap, needed) in needs.items():
        if cap is not None and needed is not None and needed > cap:
            whole = key in ("max_calls", "max_tokens")
            raised[key] = needed if key == "max_calls" else _rounded_up(needed, whole)
    return raised


def _sum(spent: float | None, remaining: float | None) -> float | None:
    return None if spent is None or remaining is None else spent + remaining


def _rounded_up(value: float, whole: bool) -> float:
    """The value with few digits, and never less; as a whole number where it counts something."""
    if value <= 0:
        return 0
    unit = 10.0 ** (math.floor(math.log10(value)) - DIGITS + 1)
    rounded = round(math.ceil(value / unit) * unit, 12)
    rounded = rounded if rounded >= value else rounded + unit
    return math.ceil(rounded) if whole else rounded
