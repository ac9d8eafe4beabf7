"""Raised caps: the values with which a run that was stopped by a cap can make all its calls."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
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
