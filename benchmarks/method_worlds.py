"""Simulated answers of two methods, right or wrong: draws, items and their cells are random.

An answer is right where a latent sum is above 0: the level of the method, plus what is particular
to the draw (for each method anew), to the item, to the item under this method, and to the cell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri


@dataclass(frozen=True)
class World:
    """Two methods with the same mean accuracy over all draws and items, or with a gain.

    `spread` and `other_spread` are the standard deviations of their accuracies between draws.
    Of the latent variance within a draw, which is 1, `item` is that of items and `item_by_method`
    that of items under one method. With `fixed` the other method has a single prompt.
    """

    name: str
    accuracy: float
    spread: float
    other_spread: float
    item: float = 0.5
    item_by_method: float = 0.0
    fixed: bool = False
    gain: float = 0.0


def same(name: str, accuracy: float, spread: float, **given: Any) -> World:
    """A world in which both methods spread alike."""
    return World(name, accuracy, spread, spread, **given)


WORLDS = (
    same("SST-2, SmolLM2 (59, sd 6.5)", 0.592, 0.065),
    same("TREC, SmolLM2 (39, sd 8.5)", 0.393, 0.085),
    same("SST-2, Gemma 3 (78, sd 11.2)", 0.78, 0.112),
    same("draws alike (60, sd 0)", 0.6, 0.0),
    same("draws alike, items not", 0.6, 0.0, item_by_method=0.25),
    same("sd 6.5, items not alike", 0.592, 0.065, item_by_method=0.25),
    same("near the top (95, sd 2)", 0.95, 0.02),
    same("3% discordant (90, sd 0.5)", 0.9, 0.005, item=0.98),
    same("one prompt (59, sd 6.5)", 0.592, 0.065, fixed=True),
    same("one prompt (78, sd 11.2)", 0.78, 0.112, item_by_method=0.1, fixed=True),
    World("unequal (78, sd 3 and 11.2)", 0.78, 0.03, 0.112),
    World("unequal (90, sd 2 and 8)", 0.9, 0.02, 0.08),
)


def gained(world: World, gain: float) -> World:
    """The world with this gain."""
    return replace(world, gain=gain)


def answers(
    world: World, runs: int, draws: int, items: int, rng: np.random.Generator
) -> tuple[Any, Any]:
    """Who is right, for both methods: arrays of runs x draws x items."""
    of_item = rng.standard_normal((runs, 1, items)) * world.item**0.5
    cell = (1 - world.item - world.item_by_method) ** 0.5
    right = []
    for accuracy, spread, prompts in (
        (world.accuracy + world.gain, world.spread, draws),
        (world.accuracy, 0.0 if world.fixed else world.other_spread, 1 if world.fixed else draws),
    ):
        of_draw = latent_spread(accuracy, spread)
        latent = ndtri(accuracy) * (1 + of_draw**2) ** 0.5 + of_item
        latent = latent + of_draw * rng.standard_normal((runs, prompts, 1))
        latent = latent + world.item_by_method**0.5 * rng.standard_normal((runs, 1, items))
        latent = latent + cell * rng.standard_normal((runs, prompts, items))
        right.append(np.broadcast_to(latent > 0, (runs, draws, items)))
    return right[0], right[1]


@cache
def latent_spread(accuracy: float, spread: float) -> float:
    """The latent standard deviation with which accuracies of draws spread so much."""
    if not spread:
        return 0.0
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()

    def excess(latent: float) -> float:
        shares = ndtr(ndtri(accuracy) * (1 + latent**2) ** 0.5 + latent * points)
        return float(weights @ (shares - accuracy) ** 2) ** 0.5 - spread

    return float(brentq(excess, 0.0, 20.0))
