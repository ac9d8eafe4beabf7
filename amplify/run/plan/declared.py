"""The plan as declared: its tables, while the command line and a study change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.suggest import did_you_mean
from amplify.run.plan.presets import (
    ARMS,
    DEFAULT_ARMS,
    DEFAULT_DRAWS,
    DEFAULT_SPLIT,
    DEFAULTS,
    PLAIN,
)
from amplify.run.plan.refs import component_table, with_inherited_options
from amplify.run.plan.schema import ARM_ROLES, COMPONENTS, TABLES, ArmHead, PlanTables, given
from amplify.run.plan.typed import section, typed

MOST_NAMES = 6
"""The most names of arms that an error lists."""


@dataclass
class DeclaredPlan:
    """The tables of a plan, none of them looked into but for the names of its arms.

    `sections` are tables of keys, `components` those that name a component. `arms` are all that the
    plan declares or that one of them is `like`, `picked` those among them that run.
    """

    sections: dict[str, dict[str, Any]]
    components: dict[str, dict[str, Any]]
    arms: list[dict[str, Any]]
    picked: list[dict[str, Any]]

    def arm(self, name: str) -> dict[str, Any] | None:
        """The table of the arm of that name."""
        return next((arm for arm in self.arms if arm["name"] == name), None)

    def lineage(self, arm: dict[str, Any]) -> list[dict[str, Any]]:
        """The arm, the arm that it is like, the one that this is like, and so on."""
        lineage: list[dict[str, Any]] = []
        next_arm: dict[str, Any] | None = arm
        while next_arm is not None and next_arm not in lineage:
            lineage.append(next_arm)
            next_arm = self.arm(next_arm.get("like", ""))
        return lineage

    @property
    def focus(self) -> dict[str, Any]:
        """The arm that `--selector` and its like speak of: one that a picked arm comes from."""
        arm = self.arm(self.sections["run"].get("focus") or "amplify")
        if arm is not None and any(arm in self.lineage(picked) for picked in self.picked):
            return arm
        return self.picked[-1]

    def own_role(self, arm: dict[str, Any], role: str, where: str) -> dict[str, Any]:
        """The arm's own table of a role, which is the caller's to change.

        It is copied from the arm that this one is like, where this one has none. `where` is the
        place of what asks for it.
        """
        if role not in ARM_ROLES:
            raise PlanError(f"an arm has no role {role!r}", where=where, hint=f"roles: {ARM_ROLES}")
        component = inherited_role(self.lineage(arm), role)
        if component is None and role != "template":
            raise PlanError(f"arm {arm['name']!r} has no {role}", where=where)
        table = arm[role] = component_table(component or PLAIN, where)
        return table

    def inherited(self, arm: dict[str, Any]) -> dict[str, Any]:
        """The arm's table laid over that of the arm which it is `like`.

        An arm that takes over a selector shows the same demonstrations, even if it explains them
        otherwise: the explainer that the selector looks at is taken over with it.
        """
        return self._inherited(arm, (arm["name"],))

    def _inherited(self, arm: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
        like = arm.get("like")
        if like is None:
            return arm
        base = self.arm(like)
        if base is None or like in names:
            problem = "is like itself" if like in names else f"is like {like!r}, no arm's name"
            known = names_of(self.arms)
            raise PlanError(
                f"it {problem}", where=f"arm {names[0]!r}", hint=f"arms: {first_of(known)}"
            )
        under = dict(self._inherited(base, (*names, like)))
        if "selector" in arm:
            under.pop("selection_explainer", None)
        elif "explainer" in arm and under.get("explainer") is not None:
            under.setdefault("selection_explainer", under["explainer"])
        merged = {**under, **arm}
        for role in ARM_ROLES:
            if role in arm:
                merged[role] = with_inherited_options(arm[role], under.get(role))
        merged.pop("like")
        return merged


def inherited_role(lineage: Sequence[Mapping[str, Any]], role: str) -> Any:
    """The component that plays the role in the first arm of the lineage that has one, or None."""
    return next((arm[role] for arm in lineage if arm.get(role) is not None), None)


def declare(table: Mapping[str, Any], names: Sequence[str], task: str | None) -> DeclaredPlan:
    """The plan that the `table` of a file declares, with defaults for what it does not say.

    `names` are the arms that are picked, from the plan or the presets; none: the plan's, else the
    default ones. `task` is the one that the command line names.
    """
    tables = given(typed(PlanTables, table))
    sections = {key: dict(tables.get(key, {})) for key in TABLES if key != "tune" or key in tables}
    if "task" not in tables and task in (None, DEFAULTS["task"]["use"]):
        sections["split"] = {**DEFAULT_SPLIT, **sections["split"]}
        sections["run"] = {"draws": DEFAULT_DRAWS, **sections["run"]}
    components = {
        role: component_table(tables.get(role, DEFAULTS.get(role, {})), section(role))
        for role in COMPONENTS
    }
    arms, picked = _gather([dict(arm) for arm in tables.get("arms", [])], names)
    return DeclaredPlan(sections, components, arms, picked)


def _gather(
    arms: list[dict[str, Any]], names: Sequence[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All arms, and those that are picked.

    Presets that an arm is `like` come along, unpicked, so that what is said of them is inherited.
    """
    for arm in arms:
        check_head(arm)
    every = list(arms)
    if not arms and not names:
        names = DEFAULT_ARMS
    picked = [] if names else list(arms)
    for name in names:
        if name not in names_of(every):
            if name not in ARMS:
                raise no_arm(name, [*ARMS, *names_of(every)], "--arms")
            every.append({"name": name, **ARMS[name]})
        picked.append(every[names_of(every).index(name)])
    for arm in every:
        like = arm.get("like")
        if like in ARMS and like not in names_of(every):
            every.append({"name": like, **ARMS[like]})
    return every, picked


def check_head(arm: Mapping[str, Any]) -> None:
    """Refuse an arm without a name, or one whose name or `like` is no text."""
    head = {key: arm[key] for key in ("name", "like") if key in arm}
    typed(ArmHead, head, section("arms", many=True), hint='for instance: name = "amplify"')


def no_arm(name: str, known: Sequence[str], where: str) -> PlanError:
    """The error of a name that is no arm's; `known` are the names of the arms."""
    known = sorted({*known})
    hint = f"arms: {first_of(known)}"
    return PlanError(f"no arm {name!r}{did_you_mean(name, known)}", where=where, hint=hint)


def first_of(names: Sequence[str]) -> str:
    """The first names of arms, and where they are more, how to list those of the toolkit."""
    shown = ", ".join(map(repr, names[:MOST_NAMES]))
    if len(names) <= MOST_NAMES:
        return shown
    return f"{shown} and {len(names) - MOST_NAMES} more; amplify show arms lists the toolkit's"


def names_of(arms: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of arms, in order."""
    return [arm["name"] for arm in arms]
