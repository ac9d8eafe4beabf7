"""Foresees how often a run would show a true gain of the focus arm as a method, and what to buy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from amplify.loop.compare.crossed import Variances
from amplify.loop.compare.power import (
    DEFAULT_VARIANCES,
    needed_draws,
    needed_items,
    power,
    worth_buying,
)

GAINS = (0.05, 0.1)
"""The true gains that are looked at, as shares: 5 and 10 points."""


@dataclass(frozen=True)
class GainPower:
    """The power for one true `gain`, a share: how likely the run is to show it.

    `needed_draws` are the fewest draws, on the run's items, that show it with power 0.8;
    `needed_items` the fewest items, over the run's draws. None: no number does.
    """

    gain: float
    power: float
    needed_draws: int | None
    needed_items: int | None


@dataclass(frozen=True)
class MorePower:
    """What twice the draws, or twice the items, would add to the power for one true `gain`.

    `buy` says which of the two adds more.
    """

    gain: float
    buy: Literal["draws", "items"]
    with_draws: float
    with_items: float


@dataclass(frozen=True)
class ForeseenPower:
    """How well a run of so many `draws` and `items` shows a gain of `arm` over `baseline`.

    The gain is that of one method over another: on new items, with new demonstrations.

    `comparisons` are those of the run's family, so that the level is that of Holm's first step.
    With one draw no claim on a method can be made: every power is 0. `variances` are assumed, as
    nothing is measured yet. `more` is None where each of the gains is shown with power 0.8.
    """

    arm: str
    baseline: str
    draws: int
    items: int
    comparisons: int
    gains: tuple[GainPower, ...]
    more: MorePower | None
    variances: Variances = DEFAULT_VARIANCES


def foresee_power(
    arm: str,
    baseline: str | None,
    draws: Mapping[str, int],
    items: int,
    comparisons: int,
) -> ForeseenPower | None:
    """The power of the comparison of an arm with its baseline; None where neither can be drawn.

    `draws` holds how many draws each arm has, 0 for one that draws no demonstrations; `comparisons`
    counts the comparisons of the run.
    """
    if baseline is None:
        return None
    drawn = [draws[name] for name in (arm, baseline) if draws[name]]
    if not drawn:
        return None
    count = min(drawn)
    gains = tuple(
        GainPower(
            gain,
            power(gain, DEFAULT_VARIANCES, count, items, comparisons),
            needed_draws(gain, DEFAULT_VARIANCES, items, comparisons),
            needed_items(gain, DEFAULT_VARIANCES, count, comparisons),
        )
        for gain in GAINS
    )
    return ForeseenPower(
        arm, baseline, count, items, comparisons, gains, _more(count, items, comparisons)
    )


def _more(draws: int, items: int, comparisons: int) -> MorePower | None:
    """What to buy for the largest of the gains that is not shown with power 0.8."""
    for gain in reversed(GAINS):
        buy = worth_buying(gain, DEFAULT_VARIANCES, draws, items, comparisons)
        if buy != "neither":
            return MorePower(
                gain,
                buy,
                power(gain, DEFAULT_VARIANCES, 2 * draws, items, comparisons),
                power(gain, DEFAULT_VARIANCES, draws, 2 * items, comparisons),
            )
    return None
