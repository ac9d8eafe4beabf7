"""Draws samples of the pool, from which the arms of a run choose their demonstrations anew."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import Literal

from amplify.contract.data import Example
from amplify.kit.seeded_order import seeded_key

DrawFrom = Literal["half", "bootstrap", "parts"]


def draw_pool(
    pool: Sequence[Example], draw: int, draws: int, seed: int, draw_from: DrawFrom
) -> tuple[Example, ...]:
    """The examples of the pool that this draw of `draws` chooses from, in the order of the pool.

    "half" is a random half of the pool (rounded up), "bootstrap" the different examples of a
    sample as large as the pool, drawn with replacement (about 63% of the pool), and "parts" one of
    `draws` disjoint parts. Draws count from 1; draw 0, the only one of an arm, has the whole pool.
    """
    if draw == 0:
        return tuple(pool)
    of_draw = draw_seed(seed, draw)
    if draw_from == "bootstrap":
        chosen = {example.id for example in random.Random(of_draw).choices(pool, k=len(pool))}
    elif draw_from == "parts":
        order = sorted(pool, key=lambda example: seeded_key(seed, example.id))
        chosen = {example.id for example in order[draw - 1 :: draws]}
    else:
        order = sorted(pool, key=lambda example: seeded_key(of_draw, example.id))
        chosen = {example.id for example in order[: (len(pool) + 1) // 2]}
    return tuple(example for example in pool if example.id in chosen)


def draw_seed(seed: int, draw: int) -> int:
    """The seed of a draw under the seed of the run; that of the run itself for draw 0."""
    if draw == 0:
        return seed
    return int.from_bytes(hashlib.sha256(f"{seed}/draw {draw}".encode()).digest()[:6])
