"""Variants: arms that are made from another one, once all that is said of that one is known."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.plan.overrides import ARM_ROLES, ArmTables
from amplify.run.plan.presets import ARMS
from amplify.run.plan.tables import more_options, ref_table

Put = tuple[tuple[str, ...], Any]
"""A key of an arm, or of a component of it, as a path, and its value."""


@dataclass(frozen=True)
class Variant:
    """The arm `base` with other values, called `name`.

    Where `name` is that of `base`, the arm `base` gets the values itself.
    """

    name: str
    base: str
    puts: tuple[Put, ...]


def add_variants(arms: ArmTables, variants: Sequence[Variant], proxy: Mapping[str, Any]) -> None:
    """Make the variants, each picked behind the arm that it is made from.

    An option alone keeps the component's other options; `proxy` is that of arms which name none.
    """
    for variant in variants:
        base = arms.named(variant.base)
        if base is None:
            base = {"name": variant.base, **ARMS[variant.base]}
            arms.every.append(base)
        made = base if variant.name == variant.base else copy.deepcopy(base)
        for path, value in variant.puts:
            _put(made, path, value, arms, proxy)
        if made is base:
            continue
        made["name"] = variant.name
        if arms.named(variant.name) is None:
            arms.every.append(made)
            family = [v.name for v in variants if v.base == variant.base]
            near = [i for i, a in enumerate(arms.picked) if a["name"] in (variant.base, *family)]
            arms.picked.insert(max(near, default=len(arms.picked) - 1) + 1, made)
        else:
            raise PlanError(f"two arms are called {variant.name!r}", where="[[vary]]")


def _put(
    arm: dict[str, Any], path: Sequence[str], value: Any, arms: ArmTables, proxy: Mapping[str, Any]
) -> None:
    role, *rest = path
    own = (one[role] for one in (arm, *arms.line(arm)[1:]) if one.get(role) is not None)
    under = next(own, proxy if role == "proxy" else None)
    if not rest:
        arm[role] = more_options(value, under) if role in ARM_ROLES else value
        return
    where = f"[[vary]] {arm['name']}"
    table = {} if under is None else copy.deepcopy(ref_table(under, where))
    arm[role] = table
    for key in rest[:-1]:
        inner = table.setdefault(key, {})
        if not isinstance(inner, dict):
            raise PlanError(f"{key!r} is {inner!r}, which has no keys of its own", where=where)
        table = inner
    table[rest[-1]] = value
