"""Checks a gain against what `--min-gain` and `--max-p` ask for."""

from __future__ import annotations

from dataclasses import dataclass

from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.metrics import NAMES
from amplify.loop.compare.words import p_words


@dataclass(frozen=True)
class Demand:
    """What `--min-gain` (in points) and `--max-p` ask of the focus against its baseline."""

    min_gain: float | None = None
    max_p: float | None = None

    def __bool__(self) -> bool:
        return self.min_gain is not None or self.max_p is not None


@dataclass(frozen=True)
class DemandResult:
    """Whether a demand was met, and why."""

    min_gain: float | None
    max_p: float | None
    shown: bool
    why: str


def check_demand(gain: Comparison | None, demand: Demand, identical: bool) -> DemandResult:
    """Whether the gain over the baseline meets the demand: that of the method, where it was tested,
    else that of the prompts.

    `gain` is the comparison with the baseline, `identical` says that both ask the very same.

    `min_gain` is met where the lower end of the 95% interval reaches it; `max_p` where the
    difference is above 0 and its p-value, after Holm, is at most that. Both, where both are given.
    """
    reasons = []
    by = "" if gain is None or gain.metric == "accuracy" else f" of {NAMES[gain.metric]}"
    if gain is None:
        reason = "ask the very same" if identical else "were not both answered"
        reasons.append(f"the arm and its baseline {reason}")
    else:
        low = None if gain.interval is None else 100 * gain.interval[0]
        if demand.min_gain is not None and (low is None or low < demand.min_gain):
            low_words = "cannot be estimated" if low is None else f"begins at {low:+.1f}"
            reasons.append(
                f"the 95% interval {low_words}, and {demand.min_gain:+g} {gain.unit} were asked"
            )
        if demand.max_p is not None and gain.difference <= 0:
            reasons.append(f"there is no gain{by}")
        elif demand.max_p is not None and gain.p > demand.max_p:
            reasons.append(f"{p_words(gain)}, and {demand.max_p:g} was asked")
    of = "" if gain is None else f"{by}, of the {gain.level}"
    why = "; ".join(reasons) or f"the gain{of}, is what was asked"
    return DemandResult(demand.min_gain, demand.max_p, not reasons, why)
