"""Measures what each part of a prompt is worth: each is left out, and Shapley values are taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, islice
from typing import Any

from amplify.contract.template import Demonstration
from amplify.loop.worth.coalitions import (
    Coalition,
    all_parts,
    every_coalition,
    permutation_pairs,
    walk,
    without_each,
)
from amplify.loop.worth.prompt_worth import PartsWorth, PartWorth
from amplify.loop.worth.shapley import (
    LEAST_PERMUTATIONS,
    enumerated,
    exact_values,
    precise,
    sampled_values,
)
from amplify.loop.worth.worth import Worth, worth_of_parts
from amplify.run.worth.coalition_values import CoalitionValues

AT_ONCE = 2
"""How many pairs of permutations are asked together, once the fewest have been asked."""

Pair = tuple[tuple[int, ...], tuple[int, ...]]


def measure_parts(
    values: CoalitionValues,
    shown: Sequence[Demonstration],
    kind: str,
    most: int,
    seed: int,
) -> PartsWorth:
    """What the parts of a prompt are worth, one of each demonstration that it has `shown`.

    `kind` names the parts for the progress, `most` is the largest number of permutations, and
    `seed` orders these. Where the run is stopped, what was answered until then is told.
    """
    parts, name = len(shown), values.arm.name
    values.ask([all_parts(parts), *without_each(parts)], f"leave out {kind} ({name})")
    pairs: list[Pair] = []
    exact = False
    if most and not values.unasked and enumerated(parts):
        exact = values.ask(every_coalition(parts), f"Shapley values of {kind} ({name})")
    elif most and not values.unasked:
        pairs = _sample(values, parts, kind, most, seed)
    left_out = _left_out(values.correct, parts)
    shapley = _shapley(values.correct, parts, pairs, exact)
    by_logs = (_left_out(values.logs, parts), _shapley(values.logs, parts, pairs, exact))
    rows = [_worths(shares, parts, seed) for shares in (left_out, shapley, *by_logs)]
    return PartsWorth(
        tuple(
            PartWorth(place, demonstration.example.id, *(row[place] for row in rows))
            for place, demonstration in enumerate(shown)
        ),
        len(values.correct),
        values.repeated,
        2 * len(pairs),
        exact,
        exact or (bool(pairs) and precise(sampled_values(pairs, values.correct))),
    )


def _sample(values: CoalitionValues, parts: int, kind: str, most: int, seed: int) -> list[Pair]:
    """The pairs of permutations that were answered: until all is precise, or there are so many."""
    source = permutation_pairs(parts, seed)
    pairs: list[Pair] = []
    size = LEAST_PERMUTATIONS // 2
    while 2 * len(pairs) < most:
        batch = list(islice(source, max(1, min(size, most // 2 - len(pairs)))))
        coalitions = [walk(permutation) for permutation in chain(*batch)]
        phase = f"Shapley values of {kind}, permutation {2 * len(pairs) + 1} on ({values.arm.name})"
        if not values.ask(list(chain(*coalitions)), phase):
            break
        pairs += batch
        size = AT_ONCE
        if precise(sampled_values(pairs, values.correct)):
            break
    return pairs


def _left_out(values: Mapping[Coalition, Any], parts: int) -> Any:
    """What the prompt loses without each part [1, part, item]; None where a value is missing."""
    import numpy as np

    whole, lacking = all_parts(parts), without_each(parts)
    if any(coalition not in values for coalition in (whole, *lacking)):
        return None
    return np.stack([values[whole] - values[coalition] for coalition in lacking])[None]


def _shapley(
    values: Mapping[Coalition, Any], parts: int, pairs: Sequence[Pair], exact: bool
) -> Any:
    """The shares [pair, part, item] of which Shapley values are the mean; None where unknown."""
    needed = every_coalition(parts) if exact else chain(*map(walk, chain(*pairs)))
    if not (exact or pairs) or any(coalition not in values for coalition in needed):
        return None
    return exact_values(parts, values)[None] if exact else sampled_values(pairs, values)


def _worths(shares: Any, parts: int, seed: int) -> list[Worth | None]:
    return [None] * parts if shares is None else list(worth_of_parts(shares, seed))
