"""Vary: from an arm and lists of values to an arm for each combination."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.plan.read import ARM_KEYS
from amplify.run.plan.tables import check_keys, check_plain
from amplify.run.plan.variants import Put

OWN_KEYS = ("arm", "choose", "parts")
MOST = 200
"""More variants of one arm than this are refused: their product grew by mistake."""

Puts = tuple[Put, ...]


def variants(table: Mapping[str, Any], name: str, where: str) -> dict[str, Puts]:
    """The variants of the arm `name`, each with the keys that it changes.

    `table` holds lists of values by key; a nested key is an option of that component
    (`proxy.epochs`). All combinations are made, in the order in which they are written. They are
    named after the arm and what is varied: "amplify epochs=0"; `selector.use` changes the selector
    alone, and keeps its options.
    """
    check_keys(table, (*OWN_KEYS, *(k for k in ARM_KEYS if k not in ("name", "like"))), where)
    own = {key: value for key, value in table.items() if key not in OWN_KEYS}
    axes = [axis for key, value in own.items() for axis in _axes(key, value, where)]
    if not axes:
        raise PlanError("nothing is varied", where=where, hint='selector = ["random", "h-mcs"]')
    count = math.prod(len(values) for _, values in axes)
    if count > MOST:
        raise PlanError(f"{count} combinations are more than {MOST}", where=where)
    made: dict[str, Puts] = {}
    for combination in itertools.product(*(values for _, values in axes)):
        puts = tuple((path, value) for (path, _), value in zip(axes, combination, strict=True))
        told = [f"{path[-2 if path[-1] == 'use' else -1]}={_told(value)}" for path, value in puts]
        variant = f"{name} {', '.join(told)}"
        if variant in made:
            raise PlanError(f"two variants are called {variant!r}", where=where)
        made[variant] = puts
    return made


def _axes(key: str, value: Any, where: str) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """The paths of a key that is varied, each with its values."""
    if isinstance(value, dict):
        for inner, values in value.items():
            yield from _axes(f"{key}.{inner}", values, where)
    elif not isinstance(value, list) or not value:
        raise PlanError(
            f"{key} needs a list of values, not {value!r}",
            where=where,
            hint=f"{key} = [first, second]",
        )
    else:
        check_plain(value, f"{where} {key}")
        yield tuple(key.split(".")), value


def _told(value: Any) -> str:
    """A value as a variant's name says it: short, and telling it from others."""
    if isinstance(value, dict):
        options = [f"{key}={_told(inner)}" for key, inner in value.items() if key != "use"]
        return " ".join([str(value.get("use", "")), *options]).strip()
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
