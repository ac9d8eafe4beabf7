"""Make a variant of an arm for each combination of the values that `[[vary]]` lists."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.guard.brief import brief
from amplify.run.plan.refs import refuse_dates
from amplify.run.plan.typed import section, typed
from amplify.run.plan.variants import Change
from amplify.run.study.schema import VaryTable

MOST_VARIANTS = 200
"""More variants of one arm than this are refused: their product grew by mistake."""

Changes = tuple[Change, ...]


@dataclass(frozen=True)
class Vary:
    """A `[[vary]]` table that was read: the changes that make each variant of `arm`, by its name.

    With `choose`, one variant is to be chosen on so many `parts` of the pool.
    """

    arm: str
    choose: bool
    parts: int
    variants: Mapping[str, Changes]

    @property
    def where(self) -> str:
        """Its place in the study's file."""
        return f"{section('vary', many=True)} {self.arm}"


def read_vary(table: Mapping[str, Any]) -> Vary:
    """The variants that a `[[vary]]` table asks for.

    The table holds lists of values by key; a nested key is an option of that component
    (`proxy.epochs`). All combinations are made, in the order in which they are written. They are
    named after the arm and what is varied: "amplify epochs=0"; `selector.use` changes the selector
    alone, and keeps its options.
    """
    arm = table.get("arm", "amplify")
    where = f"{section('vary', many=True)} {arm if isinstance(arm, str) else ''}".strip()
    head = typed(VaryTable, table, where)
    varied = {key: table[key] for key in table if key not in ("arm", "choose", "parts")}
    axes = [axis for key, value in varied.items() for axis in _axes(key, value, where)]
    if not axes:
        raise PlanError("nothing is varied", where=where, hint='selector = ["random", "h-mcs"]')
    count = math.prod(len(values) for _, values in axes)
    if count > MOST_VARIANTS:
        raise PlanError(f"{count} combinations are more than {MOST_VARIANTS}", where=where)
    variants: dict[str, Changes] = {}
    for combination in itertools.product(*(values for _, values in axes)):
        changes = tuple((path, value) for (path, _), value in zip(axes, combination, strict=True))
        name = f"{head.arm} {', '.join(map(_change_in_words, changes))}"
        if name in variants:
            raise PlanError(f"two variants are called {name!r}", where=where)
        variants[name] = changes
    return Vary(head.arm, head.choose, head.parts, variants)


def _axes(key: str, value: Any, where: str) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """The paths of a key that is varied, each with its values."""
    if isinstance(value, dict):
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
