"""The arms of a study: those of its plan, the variants that it asks for, what is to be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.plan import ArmPlan, Ref
from amplify.run.presets import ARMS, DEFAULT_ARMS, DEFAULTS
from amplify.run.study.grid import Cell, Choice
from amplify.run.study.vary import Variants, variants
from amplify.run.tables import as_table, near

PARTS = 3
"""The parts of the pool that a choice is made on."""


def arm_tables(
    tables: Mapping[str, Any], picked: Any, varied: Sequence[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], tuple[str, ...], frozenset[str], tuple[Choice, ...]]:
    """The arms' tables, the names of those that are measured, which of them are variants, and what
    is to be chosen."""
    arms = [dict(as_table(arm, "[[arms]]")) for arm in tables.get("arms", [])]
    if not isinstance(picked, list) or any(not isinstance(name, str) for name in picked):
        raise PlanError(f"arms is a list of names, not {picked!r}", where="[study] arms")
    names = [*(picked or [str(arm.get("name", "")) for arm in arms] or DEFAULT_ARMS)]
    choices, varying = [], set()
    for table in varied:
        name = table.get("arm", "amplify")
        where = f"[[vary]] {name}"
        if name not in names:
            raise PlanError(f"no arm {name!r}{near(str(name), names)}", where=where)
        base = next((arm for arm in arms if arm.get("name") == name), None)
        if base is None:
            if name not in ARMS:
                raise PlanError(f"no arm {name!r}", where=where, hint=f"arms: {sorted(ARMS)}")
            base = {"name": name, **ARMS[name]}
            arms.append(base)
        made = variants(table, base, tables.get("proxy", DEFAULTS["proxy"]), where)
        if table.get("choose", False) is not False:
            choices.append(_choice(name, table, made, where))
            continue
        arms += [{"name": one, "like": name, **keys} for one, keys in made.items()]
        place = names.index(name) + 1
        names[place:place] = list(made)
        varying |= {*made}
    return arms, tuple(names), frozenset(varying), tuple(choices)


def _choice(name: str, table: Mapping[str, Any], made: Variants, where: str) -> Choice:
    parts = table.get("parts", PARTS)
    if table["choose"] is not True:
        raise PlanError(f"choose is true or false, not {table['choose']!r}", where=where)
    if not isinstance(parts, int) or isinstance(parts, bool) or parts < 2:
        raise PlanError(f"parts is a count of at least 2, not {parts!r}", where=where)
    if len(made) < 2:
        raise PlanError("there is nothing to choose among", where=where)
    return Choice(name, parts, made)


def merge_equal(cells: Sequence[Cell]) -> tuple[list[Cell], dict[str, tuple[str, ...]]]:
    """The cells without the variants that are, in every cell, equal to the arm they come from.

    The second part names them by that arm: one that is varied has one of the values itself.
    """
    found = [_equal(cell) for cell in cells]
    same = {
        variant: base
        for variant, base in found[0].items()
        if all(other.get(variant) == base for other in found)
    }
    by_arm: dict[str, tuple[str, ...]] = {}
    for variant, base in same.items():
        by_arm[base] = (*by_arm.get(base, ()), variant)
    kept = [replace(c, names=tuple(name for name in c.names if name not in same)) for c in cells]
    return kept, by_arm


def _equal(cell: Cell) -> dict[str, str]:
    """The cell's variants that are equal to the arm they come from, with that arm."""
    plan = cell.plan()
    arms = {arm.name: _bare(arm, plan.proxy) for arm in plan.arms}
    like = {arm["name"]: arm.get("like", "") for arm in cell.tables["arms"]}
    return {
        name: base
        for name, arm in arms.items()
        if (base := like.get(name, "")) in arms and name in cell.variants and arm == arms[base]
    }


def _bare(arm: ArmPlan, proxy: Ref) -> ArmPlan:
    """What an arm is, whatever it is called."""
    return replace(arm, name="", control_of=None, tests="", proxy=arm.proxy or proxy)
