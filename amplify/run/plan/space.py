"""Makes the arms of a tune's space: variants of its arms for lists of values of their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from amplify.contract.errors import PlanError
from amplify.kit.seeded_order import seeded_key
from amplify.run.plan.axes import combinations
from amplify.run.plan.declared import DeclaredPlan, inherited_role, names_of, no_arm
from amplify.run.plan.plan import ArmPlan, Plan
from amplify.run.plan.schema import SpaceTable
from amplify.run.plan.typed import EXPECTED, not_a, typed
from amplify.run.plan.variants import Variant

SPACE = "[tune.space]"

MOST = 10_000
"""More variants of one arm than this are refused, even where a sample of them is raced."""

OF_DEMONSTRATIONS = ("selector", "shots", "draws", "repeats_by")
"""The keys that an arm without demonstrations has no use for."""

OF_EXPLANATIONS = ("explainer", "keywords", "mask", "proxy")
"""The keys that an arm without an explainer has no use for."""


def space_variants(declared: DeclaredPlan) -> list[Variant]:
    """The variants of the space, which leaves the section for their names among its `arms`.

    Where `[tune]` names no arms, all that the plan picks are raced. Arms that it names and that
    are not picked join in.
    """
    tune = declared.sections.get("tune")
    if tune is None:
        return []
    space = tune.pop("space", [])
    if isinstance(space, int):
        tune["space"] = space  # of a stored plan, whose variants are arms by now
        space = []
    named = tune.get("arms") or names_of(declared.picked)
    if not isinstance(named, list | tuple) or not all(isinstance(name, str) for name in named):
        raise not_a("a list of texts", named, "[tune] arms")
    for name in named:
        _pick(declared, name)
    variants: list[Variant] = []
    for table in [space] if isinstance(space, dict) else space:
        if not isinstance(table, dict):
            raise not_a(EXPECTED[dict], table, SPACE)
        # Tables may overlap: a variant is one, whichever of them asks for it.
        of_table = _variants(table, list(named), declared)
        variants += [variant for variant in of_table if variant not in variants]
    tune["arms"] = list(dict.fromkeys([*named, *(variant.name for variant in variants)]))
    return variants


def _pick(declared: DeclaredPlan, name: str) -> None:
    """Have the arm of this name among the picked ones."""
    arm = declared.arm(name)
    if arm is None:
        raise no_arm(name, names_of(declared.arms), "[tune] arms")
    if name not in names_of(declared.picked):
        declared.picked.append(arm)


def _variants(
    table: Mapping[str, Any], named: list[str], declared: DeclaredPlan
) -> Iterator[Variant]:
    """The variants that a table of the space asks for; `named` are the arms that are raced."""
    head = typed(SpaceTable, table, SPACE)
    varied = {key: value for key, value in table.items() if key != "arm"}
    arms = [head.arm] if isinstance(head.arm, str) and head.arm else list(head.arm) or named
    unknown = [name for name in arms if name not in named]
    if unknown:
        raise no_arm(unknown[0], named, f"{SPACE} arm")
    used: set[str] = set()
    for name in arms:
        of_arm = {key: value for key, value in varied.items() if _uses(declared, name, key)}
        used.update(of_arm)
        if of_arm or not varied:
            changes = combinations(name, of_arm, SPACE, MOST)
            yield from (Variant(variant, name, change) for variant, change in changes.items())
    unused = [key for key in varied if key not in used]
    if unused:
        raise PlanError(
            f"no arm has a use for {unused[0]!r}",
            where=SPACE,
            hint=f"the arms are {arms}: of these none shows demonstrations, or none explains them",
        )


def _uses(declared: DeclaredPlan, name: str, key: str) -> bool:
    """Whether the arm of this name does anything with the key."""
    lineage = declared.lineage(declared.arm(name) or {})
    shots = next((arm["shots"] for arm in lineage if arm.get("shots") is not None), None)
    shows = shots != 0 and inherited_role(lineage, "selector") is not None
    if key in OF_DEMONSTRATIONS:
        return shows
    if key in OF_EXPLANATIONS:
        return shows and inherited_role(lineage, "explainer") is not None
    return True


def sampled(plan: Plan, varied: list[Variant]) -> Plan:
    """The plan with a seeded sample of its `varied` arms, where there are too many contenders.

    Arms that are no variants all stay, and so do baseline and focus.
    """
    tune = plan.tune
    if tune is None or tune.contenders is None:
        return plan
    arms = {arm.name: arm for arm in plan.arms if arm.name in tune.arms}
    drawn = {v.name for v in varied} & arms.keys() - {plan.focus, plan.baseline}
    total = sum(contenders_of(plan, arm) for arm in arms.values())
    if total <= tune.contenders or not drawn:
        return plan
    room = tune.contenders - sum(
        contenders_of(plan, arm) for name, arm in arms.items() if name not in drawn
    )
    kept = set()
    for name in sorted(drawn, key=lambda name: seeded_key(plan.run.seed, f"contender/{name}")):
        count = contenders_of(plan, arms[name])
        if count <= room:
            kept.add(name)
            room -= count
    gone = drawn - kept
    return replace(
        plan,
        arms=tuple(arm for arm in plan.arms if arm.name not in gone),
        tune=replace(tune, arms=tuple(name for name in tune.arms if name not in gone), space=total),
    )


def contenders_of(plan: Plan, arm: ArmPlan) -> int:
    """How many contenders an arm is: one for each draw of its demonstrations."""
    return plan.draws_of(arm) if arm.selector is not None and arm.shots != 0 else 1
