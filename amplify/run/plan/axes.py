"""Combine lists of values for keys of an arm: each combination is a variant with a name."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.guard.brief import brief
from amplify.run.plan.proposed import proposed_instructions
from amplify.run.plan.refs import refuse_dates
from amplify.run.plan.variants import Change

MOST_VARIANTS = 200
"""More variants of one arm than this are refused: their product grew by mistake."""

Changes = tuple[Change, ...]


def combinations(
    arm: str, varied: Mapping[str, Any], where: str, most: int = MOST_VARIANTS
) -> dict[str, Changes]:
    """The changes that make each variant of `arm`, by its name.

    `varied` holds lists of values by key; a nested key is an option of that component
    (`proxy.epochs`). All combinations are made, in the order in which they are written. They are
    named after the arm and what is varied: "amplify epochs=0"; `selector.use` changes the selector
    alone, and keeps its options. `where` is the table's place in its file; more variants than
    `most` are refused.
    """
    axes = [axis for key, value in varied.items() for axis in _axes(key, value, where)]
    if not axes:
        raise PlanError("nothing is varied", where=where, hint='selector = ["random", "h-mcs"]')
    count = math.prod(len(values) for _, values in axes)
    if count > most:
        raise PlanError(f"{count} combinations are more than {most}", where=where)
    variants: dict[str, Changes] = {}
    for combination in itertools.product(*(values for _, values in axes)):
        changes = tuple((path, value) for (path, _), value in zip(axes, combination, strict=True))
        name = f"{arm} {', '.join(map(_change_in_words, changes))}"
        if name in variants:
            raise PlanError(f"two variants are called {name!r}", where=where)
        variants[name] = changes
    return variants


def _axes(key: str, value: Any, where: str) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """The paths of a key that is varied, each with its values."""
    if key == "instruction" and isinstance(value, dict):
        yield (key,), list(proposed_instructions(value, where))
    elif isinstance(value, dict):
        for inner, values in value.items():
            yield from _axes(f"{key}.{inner}", values, where)
    elif not isinstance(value, list) or not value:
        raise PlanError(
            f"{key} needs a list of values, not {brief(value)}",
            where=where,
            hint=f"{key} = [first, second]",
        )
    else:
        refuse_dates(value, f"{where} {key}")
        yield tuple(key.split(".")), value


def _change_in_words(change: Change) -> str:
    """A change as the variant's name says it: "epochs=0"; of `selector.use`, "selector=random"."""
    path, value = change
    return f"{path[-2 if path[-1] == 'use' else -1]}={_in_words(value)}"


def _in_words(value: Any) -> str:
    """A value in a text that is short, and that tells it from other values."""
    if isinstance(value, dict):
        options = [f"{key}={_in_words(inner)}" for key, inner in value.items() if key != "use"]
        return " ".join([str(value.get("use", "")), *options]).strip()
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
