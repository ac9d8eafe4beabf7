"""The arms of a study: those of its plan, the variants that it asks for, what is to be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.plan.plan import ArmPlan, Ref
from amplify.run.plan.presets import ARMS, DEFAULT_ARMS
from amplify.run.plan.tables import as_table, near
from amplify.run.plan.variants import Variant
from amplify.run.study.grid import Cell, Choice
from amplify.run.study.vary import Puts, variants

PARTS = 3
"""The parts of the pool that a choice is made on."""


@dataclass(frozen=True)
class Arms:
    """The arms of a cell: their tables, the `names` that are measured, the variants that are
    measured too, and what is to be chosen."""

    tables: list[dict[str, Any]]
    names: tuple[str, ...]
    variants: tuple[Variant, ...]
    choices: tuple[Choice, ...]

    @property
    def focus(self) -> str:
        """The arm that the others are compared with, where nothing says another."""
        return "amplify" if "amplify" in self.names else self.names[-1]


def read_arms(
    tables: Mapping[str, Any], picked: Any, varied: Sequence[Mapping[str, Any]], where: str
) -> Arms:
    """The arms that a cell's tables and the study's `[[vary]]` say; `picked` are names of arms.

    A `[[vary]]` of an arm that this cell does not measure is passed over.
    """
    arms = [dict(as_table(arm, f"{where}: [[arms]]")) for arm in tables.get("arms", [])]
    for arm in arms:
        if not isinstance(arm.get("name"), str):
            raise PlanError("an arm needs a name", where=f"{where}: [[arms]]")
    names = tuple(picked or [arm["name"] for arm in arms] or DEFAULT_ARMS)
    known = {*(arm["name"] for arm in arms), *ARMS}
    for name in names:
        if name not in known:
            hint = f"arms: {sorted(known)}"
            raise PlanError(
                f"no arm {name!r}{near(name, sorted(known))}", where="[study] arms", hint=hint
            )
    made: list[Variant] = []
    choices: list[Choice] = []
    for table in varied:
        name = table.get("arm", "amplify")
        place = f"[[vary]] {name}"
        if name not in known:
            raise PlanError(f"no arm {name!r}{near(str(name), sorted(known))}", where=place)
        found = variants(table, name, place)
        if name not in names:
            continue
        if table.get("choose", False) is not False:
            choices.append(_choice(name, table, found, place))
        else:
            made += [Variant(one, name, puts) for one, puts in found.items()]
    both = {choice.arm for choice in choices} & {variant.base for variant in made}
    if both:
        raise PlanError(
            f"{sorted(both)[0]!r} is chosen by one [[vary]] and varied by another",
            where="[[vary]]",
            hint="vary an arm of its own: like = the arm",
        )
    return Arms(arms, names, tuple(made), tuple(choices))


def _choice(name: str, table: Mapping[str, Any], made: Mapping[str, Puts], where: str) -> Choice:
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
    kept = [
        replace(cell, variants=tuple(v for v in cell.variants if v.name not in same))
        for cell in cells
    ]
    return kept, by_arm


def _equal(cell: Cell) -> dict[str, str]:
    """The cell's variants that are equal to the arm they come from, with that arm."""
    plan = cell.plan()
    arms = {arm.name: _bare(arm, plan.proxy) for arm in plan.arms}
    return {v.name: v.base for v in cell.variants if arms[v.name] == arms[v.base]}


def _bare(arm: ArmPlan, proxy: Ref) -> ArmPlan:
    """What an arm is, whatever it and its components are called."""
    refs = {"template": arm.template, "selector": arm.selector, "explainer": arm.explainer}
    bare: dict[str, Any] = {role: ref.bare for role, ref in refs.items() if ref is not None}
    return replace(arm, name="", control_of=None, tests="", proxy=arm.proxy or proxy, **bare)
