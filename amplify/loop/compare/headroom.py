"""Tells what a probe of the pool says of a run ahead of it: its headroom, and its discordance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from amplify.contract.data import Prediction
from amplify.loop.answer.score import ArmScore, score_arm
from amplify.loop.compare.compare import Comparison, compare
from amplify.loop.compare.statistics import wilson
from amplify.loop.survey.label_errors import LabelErrors


@dataclass(frozen=True)
class Ceiling:
    """The accuracy that nothing can be expected to pass: one less the estimated label noise.

    `interval` is its 95% interval, `proxy` the name of the proxy that the noise was estimated with,
    on so many `items` of the pool.
    """

    accuracy: float
    interval: tuple[float, float]
    proxy: str
    items: int


@dataclass(frozen=True)
class Gap:
    """How far an arm is below something, a share of the items, with its 95% interval."""

    arm: str
    below: str
    difference: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Discordance:
    """The share of items on which two prompts differ in being right, with its 95% interval."""

    share: float
    interval: tuple[float, float]

    @property
    def cautious(self) -> float:
        """The middle of the interval, which a plan goes by: few items may show none at all."""
        return sum(self.interval) / 2


@dataclass(frozen=True)
class Headroom:
    """What the answers of some arms, and of proxies, to the same pool items say.

    `scores` are those of the arms, `proxies` those of the proxies. `difference` compares the last
    arm with the first, as prompts; None, as is `discordance`, where they share no answered item.
    `gaps` hold how far each arm is below each proxy, on the same items, and below the ceiling.
    """

    scores: tuple[ArmScore, ...]
    proxies: tuple[ArmScore, ...]
    difference: Comparison | None
    discordance: Discordance | None
    ceiling: Ceiling | None
    gaps: tuple[Gap, ...]


def measure_headroom(
    by_arm: Mapping[str, Sequence[Prediction]],
    by_proxy: Mapping[str, Sequence[Prediction]],
    label_errors: LabelErrors | None,
    seed: int,
) -> Headroom:
    """What the answers to the same items, by the names of arms and of proxies, say.

    `label_errors` are the likely ones of the pool (None: nobody looked for them), `seed` is that
    of the resampling.
    """
    draws = {name: {(seed, 0): answers} for name, answers in (*by_arm.items(), *by_proxy.items())}
    first, *_, last = by_arm
    difference = compare(last, first, draws[last], draws[first], seed)
    scores = tuple(score_arm(name, draws[name]) for name in by_arm)
    ceiling = ceiling_of(label_errors)
    gaps = [
        Gap(arm, proxy, compared.difference, compared.interval)
        for arm in by_arm
        for proxy in by_proxy
        if (compared := compare(proxy, arm, draws[proxy], draws[arm], seed)) is not None
    ]
    if ceiling is not None:
        gaps += [gap for score in scores if (gap := gap_to_ceiling(score, ceiling)) is not None]
    return Headroom(
        scores,
        tuple(score_arm(name, draws[name], draws_none=True) for name in by_proxy),
        difference,
        None if difference is None else discordance_of(difference),
        ceiling,
        tuple(gaps),
    )


def discordance_of(comparison: Comparison) -> Discordance:
    """The discordance of two prompts that were compared on the same items."""
    discordant = comparison.fixed + comparison.broken
    return Discordance(discordant / comparison.items, wilson(discordant, comparison.items))


def ceiling_of(label_errors: LabelErrors | None) -> Ceiling | None:
    """The ceiling by the label noise of the pool; None where the noise was not estimated."""
    if label_errors is None or label_errors.noise is None or label_errors.interval is None:
        return None
    low, high = label_errors.interval
    bounds = (round(1 - high, 4), round(1 - low, 4))
    ceiling = round(1 - label_errors.noise, 4)
    return Ceiling(ceiling, bounds, label_errors.proxy, label_errors.items)


def gap_to_ceiling(score: ArmScore, ceiling: Ceiling) -> Gap | None:
    """How far an arm is below the ceiling; None where it was not scored.

    The interval is put together from those of the two (MOVER: Zou and Donner 2008, Statistics in
    Medicine 27, 1693-1702), which are taken for independent.
    """
    if score.accuracy is None or score.interval is None:
        return None
    gap = ceiling.accuracy - score.accuracy
    low = math.hypot(ceiling.accuracy - ceiling.interval[0], score.interval[1] - score.accuracy)
    high = math.hypot(ceiling.interval[1] - ceiling.accuracy, score.accuracy - score.interval[0])
    return Gap(score.name, "ceiling", gap, (gap - low, gap + high))
