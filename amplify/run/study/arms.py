"""The arms of a cell: those of its plan, the variants that a study asks for, and its choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.plan.declared import check_head, no_arm
from amplify.run.plan.plan import ArmPlan, Ref
from amplify.run.plan.presets import ARMS, DEFAULT_ARMS
from amplify.run.plan.typed import section
from amplify.run.plan.variants import Variant
from amplify.run.study.grid import Cell, VariantChoice
from amplify.run.study.vary import Vary, read_vary


@dataclass(frozen=True)
class CellArms:
    """What a cell measures: the `tables` of its arms, the `names` of those that are measured.

    The `variants` are measured too; each of the `choices` chooses among variants of one arm.
    """

    tables: list[dict[str, Any]]
    names: tuple[str, ...]
    variants: tuple[Variant, ...]
    choices: tuple[VariantChoice, ...]

    @property
    def focus(self) -> str:
        """The arm that the others are compared with, where the study names no other."""
        return "amplify" if "amplify" in self.names else self.names[-1]


def read_arms(
    tables: Mapping[str, Any], picked: Sequence[str], varied: Sequence[Mapping[str, Any]]
) -> CellArms:
    """The arms of a cell whose plan holds these `tables`.

    `picked` names the arms that are measured (empty: all), `varied` are the study's `[[vary]]`
    tables. One of an arm that this cell does not measure is passed over.
    """
    arms = [dict(arm) for arm in tables.get("arms", [])]
    for arm in arms:
        check_head(arm)
    names = tuple(picked or [arm["name"] for arm in arms] or DEFAULT_ARMS)
    known = sorted({*(arm["name"] for arm in arms), *ARMS})
    for name in names:
        if name not in known:
            raise no_arm(name, known, "[study] arms")
    variants: list[Variant] = []
    choices: list[VariantChoice] = []
    for table in varied:
        vary = read_vary(table)
        if vary.arm not in known:
            raise no_arm(vary.arm, known, vary.where)
        if vary.arm not in names:
            continue
        if vary.choose:
            choices.append(_choice(vary))
        else:
            named = vary.variants.items()
            variants += [Variant(name, vary.arm, changes) for name, changes in named]
    both = {choice.arm for choice in choices} & {variant.base for variant in variants}
    if both:
        raise PlanError(
            f"{sorted(both)[0]!r} is chosen by one [[vary]] and varied by another",
            where=section("vary", many=True),
            hint="vary an arm of its own: like = the arm",
        )
    return CellArms(arms, names, tuple(variants), tuple(choices))


def _choice(vary: Vary) -> VariantChoice:
    if len(vary.variants) < 2:
        raise PlanError("there is nothing to choose among", where=vary.where)
    return VariantChoice(vary.arm, vary.parts, vary.variants)


def merge_equal(cells: Sequence[Cell]) -> tuple[list[Cell], dict[str, tuple[str, ...]]]:
    """The cells without the variants that are, in every cell, equal to the arm they come from.

    An arm that is varied has one of the values itself. The second part holds, by arm, the names of
    the variants that are equal to it.
    """
    by_cell = [_equal_variants(cell) for cell in cells]
    bases = {
        variant: base
        for variant, base in by_cell[0].items()
        if all(bases.get(variant) == base for bases in by_cell)
    }
    same: dict[str, tuple[str, ...]] = {}
    for variant, base in bases.items():
        same[base] = (*same.get(base, ()), variant)
    distinct = [
        replace(cell, variants=tuple(v for v in cell.variants if v.name not in bases))
        for cell in cells
    ]
    return distinct, same


def _equal_variants(cell: Cell) -> dict[str, str]:
    """The cell's variants that are equal to the arm they come from, with the name of that arm."""
    plan = cell.plan()
    arms = {arm.name: _without_names(arm, plan.proxy) for arm in plan.arms}
    return {v.name: v.base for v in cell.variants if arms[v.name] == arms[v.base]}


def _without_names(arm: ArmPlan, proxy: Ref) -> ArmPlan:
    """What an arm does, whatever it and its components are called.

    `proxy` is that of the plan, which an arm has that names none itself.
    """
    refs = {"template": arm.template, "selector": arm.selector, "explainer": arm.explainer}
    bare: dict[str, Any] = {role: ref.bare for role, ref in refs.items() if ref is not None}
    return replace(arm.without_name(proxy), **bare)
