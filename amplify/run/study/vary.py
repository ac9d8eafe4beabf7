"""Vary: from an arm and lists of values to an arm for each combination."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.read import ARM_KEYS
from amplify.run.tables import check_keys, ref_table

OWN_KEYS = ("arm", "choose", "parts")
MOST = 200
"""More variants of one arm than this are refused: their product grew by mistake."""

Variants = dict[str, dict[str, Any]]


def variants(table: Mapping[str, Any], arm: Mapping[str, Any], proxy: Any, where: str) -> Variants:
    """The variants by name, each the keys that it has beside those of `arm`.

    `table` holds lists of values by key; a nested key is an option of that component
    (`proxy.epochs`), of the arm's own or, for the proxy, the study's. All combinations are made, in
    the order in which they are written. They are named after the arm and what is varied:
    "amplify epochs=0"; `selector.use` changes the selector alone, and keeps its options.
    """
    check_keys(table, (*OWN_KEYS, *(k for k in ARM_KEYS if k not in ("name", "like"))), where)
    axes = [
        axis
        for key, value in table.items()
        if key not in OWN_KEYS
        for axis in _axes(key, value, where)
    ]
    if not axes:
        raise PlanError("nothing is varied", where=where, hint='selector = ["random", "h-mcs"]')
    count = 1
    for _, values in axes:
        count *= len(values)
    if count > MOST:
        raise PlanError(f"{count} combinations are more than {MOST}", where=where)
    made: Variants = {}
    for combination in itertools.product(*(values for _, values in axes)):
        keys: dict[str, Any] = {}
        told = []
        for (path, _), value in zip(axes, combination, strict=True):
            _put(keys, path, value, arm, proxy, where)
            told.append(
                f"{path[-2] if path[1:] and path[-1] == 'use' else path[-1]}={_told(value)}"
            )
        name = f"{arm['name']} {', '.join(told)}"
        if name in made:
            raise PlanError(f"two variants are called {name!r}", where=where)
        made[name] = keys
    return made


def _axes(key: str, value: Any, where: str) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """The paths of a key that is varied, each with its values."""
    if isinstance(value, dict):
        for inner, values in value.items():
            for path, found in _axes(inner, values, where):
                yield (key, *path), found
    elif not isinstance(value, list) or not value:
        raise PlanError(
            f"{key} needs a list of values, not {value!r}",
            where=where,
            hint=f"{key} = [first, second]",
        )
    else:
        yield (key,), value


def _put(
    keys: dict[str, Any], path: tuple[str, ...], value: Any, arm: Mapping[str, Any], proxy: Any,
    where: str,
) -> None:  # fmt: skip
    role, *rest = path
    if not rest:
        keys[role] = value
        return
    under = keys.get(role, arm.get(role))
    if under is None and role == "proxy":
        under = proxy
    table: dict[str, Any] = {} if under is None else ref_table(under, where)
    keys[role] = table
    for key in rest[:-1]:
        table[key] = dict(table.get(key, {}))
        table = table[key]
    table[rest[-1]] = value


def _told(value: Any) -> str:
    """A value as a variant's name says it: short, and telling it from others."""
    if isinstance(value, dict):
        options = [f"{key}={_told(inner)}" for key, inner in value.items() if key != "use"]
        return " ".join([str(value.get("use", "")), *options]).strip()
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
