"""What the command line says, laid over the tables of a plan file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.plan.presets import ARMS, DEFAULT_ARMS, PLAIN
from amplify.run.plan.tables import names_of, near, ref_table, renamed
from amplify.run.plan.toml import DEEPEST, parse

ARM_ROLES = ("selector", "explainer", "selection_explainer", "template", "proxy")


@dataclass(frozen=True)
class Overrides:
    """What the command line (or the environment) says; None where it is silent.

    `selector`, `explainer` and `template` are the focus arm's (arms that are `like` it follow),
    `shots` and `keywords` those of every arm that shows any. `sets` are `role.key=value` texts,
    `calls` keys of `[calls]`.
    """

    task: str | None = None
    llm: str | None = None
    proxy: str | None = None
    selector: str | None = None
    explainer: str | None = None
    template: str | None = None
    shots: int | str | None = None
    keywords: int | None = None
    seed: int | None = None
    limit: int | None = None
    min_gain: float | None = None
    max_p: float | None = None
    out: str | None = None
    arms: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    calls: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class ArmTables:
    """The arms' tables: `every` one that the plan or a `like` names, and the `picked` ones."""

    every: list[dict[str, Any]]
    picked: list[dict[str, Any]]

    def named(self, name: str) -> dict[str, Any] | None:
        """The table of the arm of that name."""
        return next((arm for arm in self.every if arm["name"] == name), None)

    def line(self, arm: dict[str, Any]) -> list[dict[str, Any]]:
        """The arm, what it is like, what that is like, and so on."""
        found: list[dict[str, Any]] = []
        next_arm: dict[str, Any] | None = arm
        while next_arm is not None and next_arm not in found:
            found.append(next_arm)
            next_arm = self.named(next_arm.get("like", ""))
        return found

    def focus(self, named: str | None) -> dict[str, Any]:
        """The arm that `--selector` and its like speak of: one that a picked arm comes from."""
        arm = self.named(named or "amplify")
        if arm is not None and any(arm in self.line(one) for one in self.picked):
            return arm
        return self.picked[-1]

    def role(self, arm: dict[str, Any], role: str, where: str) -> dict[str, Any]:
        """The arm's own table of a role, taken over from what it is like where it has none."""
        if role not in ARM_ROLES:
            raise PlanError(f"an arm has no role {role!r}", where=where, hint=f"roles: {ARM_ROLES}")
        given = next((one[role] for one in self.line(arm) if one.get(role) is not None), None)
        if given is None and role != "template":
            raise PlanError(f"arm {arm['name']!r} has no {role}", where=where)
        made = arm[role] = dict(ref_table(given or PLAIN, where))
        return made


def gather_arms(arms: list[dict[str, Any]], names: Sequence[str]) -> ArmTables:
    """The arms of these names, from the plan or the presets; none named: the plan's, else all.

    Presets that an arm is `like` come along, unpicked, so that what is said of them is inherited.
    """
    for arm in arms:
        for key in ("name", "like"):
            if not isinstance(arm.get(key, ""), str) or not arm.get(key, "-"):
                raise PlanError(f"{key} must be a text, not {arm[key]!r}", where="[[arms]]")
        if "name" not in arm:
            raise PlanError(
                "an arm needs a name", where="[[arms]]", hint='example: name = "amplify"'
            )
    every = list(arms)
    if not arms and not names:
        names = DEFAULT_ARMS
    picked = [] if names else list(arms)
    for name in names:
        found = next((arm for arm in every if arm["name"] == name), None)
        if found is None and name not in ARMS:
            known = sorted({*ARMS, *names_of(every)})
            raise PlanError(
                f"no arm {name!r}{near(name, known)}", where="--arms", hint=f"arms: {known}"
            )
        if found is None:
            every.append(found := {"name": name, **ARMS[name]})
        picked.append(found)
    for arm in every:
        like = arm.get("like")
        if like in ARMS and like not in names_of(every):
            every.append({"name": like, **ARMS[like]})
    return ArmTables(every, picked)


def override_arms(arms: ArmTables, overrides: Overrides, named: str | None) -> None:
    """Lay the options that speak of arms over their tables.

    Raises PlanError for one that no picked arm would take notice of.
    """
    focus = arms.focus(named)
    for role in ("selector", "explainer", "template"):
        value = getattr(overrides, role)
        if value is None:
            continue
        if role != "template" and focus.get("shots") == 0:
            raise PlanError(
                f"arm {focus['name']!r} shows no demonstrations: it has no use for a {role}",
                where=f"--{role}",
            )
        focus[role] = renamed(focus.get(role), value)
    shows = [
        arm
        for arm in arms.every
        if (arm.get("selector") is not None or "like" in arm) and arm.get("shots") != 0
    ]
    for key in ("shots", "keywords"):
        value = getattr(overrides, key)
        if value is None:
            continue
        if not any(arm in shows for arm in arms.picked):
            raise PlanError("no arm shows demonstrations", where=f"--{key}")
        for arm in shows:
            arm[key] = value


def apply_set(
    text: str,
    sections: dict[str, Any],
    refs: dict[str, dict[str, Any]],
    arms: ArmTables,
    named: str | None,
) -> None:
    """Apply one `-o role.key=value`."""
    path, sign, value_text = text.partition("=")
    keys = path.strip().split(".")
    where = f"-o {text if len(text) < 200 else f'{text[:200]}…'}"
    if not sign or len(keys) < 2:
        raise PlanError("expected role.key=value", where=where, hint="example: -o proxy.epochs=3")
    value = _literal(value_text.strip(), where)
    if len(keys) > DEEPEST:
        raise PlanError("nested too deeply", where=where)
    head, *rest = keys
    target: dict[str, Any]
    if head in sections:
        target = sections[head]
    elif head in refs:
        target = refs[head]
    elif head in ("selector", "explainer", "template"):
        target = arms.role(arms.focus(named), head, where)
    elif head == "arms" and len(rest) >= 2:
        arm = arms.named(rest[0])
        if arm is None:
            known = names_of(arms.every)
            raise PlanError(f"no arm {rest[0]!r}", where=where, hint=f"arms: {known}")
        if len(rest) == 2:
            target, rest = arm, rest[1:]
        else:
            target, rest = arms.role(arm, rest[1], where), rest[2:]
    else:
        known = [*sections, *refs, "selector", "explainer", "template", "arms.NAME"]
        raise PlanError(f"no role {head!r}{near(head, known)}", where=where, hint=f"roles: {known}")
    for key in rest[:-1]:
        inner = target.setdefault(key, {})
        if not isinstance(inner, dict):
            raise PlanError(f"{key!r} is {inner!r}, which has no keys of its own", where=where)
        target = inner
    target[rest[-1]] = value


def _literal(text: str, where: str) -> Any:
    """The text as a TOML value, or the text itself where it is no such value."""
    try:
        return parse(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    except ValueError as error:
        raise PlanError(str(error), where=where) from None
