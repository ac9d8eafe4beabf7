"""Make arms out of others by changing some of their keys, once all else of them is known."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.plan.declared import DeclaredPlan, inherited_role
from amplify.run.plan.overrides import put
from amplify.run.plan.presets import ARMS
from amplify.run.plan.refs import component_table, with_inherited_options
from amplify.run.plan.schema import ARM_ROLES

Change = tuple[tuple[str, ...], Any]
"""A key of an arm, or of a component of it, as a path, and its new value."""


@dataclass(frozen=True)
class Variant:
    """The arm `base` with some keys changed, as an arm called `name`.

    Where `name` is that of the base, no arm is added: the base itself is changed.
    """

    name: str
    base: str
    changes: tuple[Change, ...]


def add_variants(
    declared: DeclaredPlan, variants: Sequence[Variant], where: str = "[[vary]]"
) -> None:
    """Add the variants to the plan, each picked behind the arm that it is made from.

    `where` is the table that asks for them.

    A change of one option keeps the component's other options; an arm that names no proxy has that
    of the plan.
    """
    for variant in variants:
        base = declared.arm(variant.base)
        if base is None:
            base = {"name": variant.base, **ARMS[variant.base]}
            declared.arms.append(base)
        arm = base if variant.name == variant.base else copy.deepcopy(base)
        for path, value in variant.changes:
            _change(arm, path, value, declared, where)
        if arm is base:
            continue
        if declared.arm(variant.name) is not None:
            raise PlanError(f"two arms are called {variant.name!r}", where=where)
        arm["name"] = variant.name
        declared.arms.append(arm)
        family = {variant.base, *(v.name for v in variants if v.base == variant.base)}
        places = [i for i, picked in enumerate(declared.picked) if picked["name"] in family]
        declared.picked.insert(max(places, default=len(declared.picked) - 1) + 1, arm)


def _change(
    arm: dict[str, Any], path: Sequence[str], value: Any, declared: DeclaredPlan, where: str
) -> None:
    role, *rest = path
    component = inherited_role([arm, *declared.lineage(arm)[1:]], role)
    if component is None and role == "proxy":
        component = declared.components["proxy"]
    if not rest:
        arm[role] = with_inherited_options(value, component) if role in ARM_ROLES else value
        return
    where = f"{where} {arm['name']}"
    arm[role] = {} if component is None else copy.deepcopy(component_table(component, where))
    put(arm[role], rest, value, where)
