"""Enough: values of a run's caps with which it goes on to its end."""

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
class Left:
    """The most that what is left to be asked takes; None: not known. `seconds` is about."""

    calls: int | None = 0
    tokens: float | None = 0.0
    cost: float | None = 0.0
    seconds: float | None = None


def enough(caps: Caps, spent: Spent, left: Left) -> Mapping[str, float]:
    """Keys of `[calls]` with the values that suffice, of those caps that would end the run.

    Calls that fail and are tried again may need more.
    """
    found = {
        "max_calls": (caps.calls, _sum(spent.calls, left.calls)),
        "max_tokens": (caps.tokens, _sum(spent.tokens, left.tokens)),
        "max_cost": (caps.cost, _sum(spent.cost, left.cost)),
        "max_seconds": (caps.seconds, left.seconds),
    }
    raised: dict[str, float] = {}
    for key, (cap, needed) in found.items():
        if cap is not None and needed is not None and needed > cap:
            whole = key in ("max_calls", "max_tokens")
            raised[key] = needed if key == "max_calls" else _rounded_up(needed, whole)
    return raised


def _sum(spent: float | None, left: float | None) -> float | None:
    return None if spent is None or left is None else spent + left


def _rounded_up(value: float, whole: bool) -> float:
    """The value with few digits, and never less; as a whole number where it counts something."""
    if value <= 0:
        return 0
    unit = 10.0 ** (math.floor(math.log10(value)) - DIGITS + 1)
    made = round(math.ceil(value / unit) * unit, 12)
    made = made if made >= value else made + unit
    return math.ceil(made) if whole else made
