"""What the command line says, laid over the tables of a plan file."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.presets import ARMS, DEFAULT_ARMS
from amplify.run.tables import names_of, near, ref_table, used

ARM_ROLES = ("selector", "explainer", "template", "proxy")


@dataclass(frozen=True)
class Overrides:
    """What the command line (or the environment) says; None where it is silent.

    `selector`, `explainer` and `template` are the focus arm's (arms that are `like` it follow),
    `shots` and `keywords` those of every arm that shows any. `sets` are `role.key=value` texts.
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
    out: str | None = None
    arms: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()


def pick_arms(arms: list[dict[str, Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    """The arms of these names, from the plan or the presets; none named: the plan's, else all.

    A picked arm that is `like` one that was not picked takes that one's table over.
    """
    known = {arm.get("name", ""): arm for arm in arms}
    if not names:
        return arms or [{"name": name, **ARMS[name]} for name in DEFAULT_ARMS]
    picked = []
    for name in names:
        if name in known:
            picked.append(known[name])
        elif name in ARMS:
            picked.append({"name": name, **ARMS[name]})
        else:
            every = sorted({*known, *ARMS})
            raise PlanError(
                f"no arm {name!r}{near(name, every)}", where="--arms", hint=f"arms: {every}"
            )
    for arm in picked:
        like = arm.get("like")
        if like in known and known[like] not in picked:
            arm.update({**known[like], **arm})
            arm.pop("like")
    return picked


def _focus(arms: Sequence[dict[str, Any]], named: str | None) -> dict[str, Any]:
    name = named or "amplify"
    return next((arm for arm in arms if arm.get("name") == name), arms[-1])


def override_arms(arms: list[dict[str, Any]], overrides: Overrides, named: str | None) -> None:
    focus = _focus(arms, named)
    for role in ("selector", "explainer", "template"):
        value = getattr(overrides, role)
        if value is not None and used(focus.get(role)) != value:
            focus[role] = value
    for arm in arms:
        shows = arm.get("selector") is not None or "like" in arm
        if shows and arm.get("shots") != 0:
            if overrides.shots is not None:
                arm["shots"] = overrides.shots
            if overrides.keywords is not None:
                arm["keywords"] = overrides.keywords


def apply_set(
    text: str,
    sections: dict[str, Any],
    refs: dict[str, dict[str, Any]],
    arms: list[dict[str, Any]],
    named: str | None,
) -> None:
    """Apply one `-o role.key=value`."""
    path, sign, value_text = text.partition("=")
    keys = path.strip().split(".")
    where = f"-o {text}"
    if not sign or len(keys) < 2:
        raise PlanError("expected role.key=value", where=where, hint="example: -o proxy.epochs=3")
    value = _literal(value_text.strip())
    head, *rest = keys
    target: dict[str, Any]
    if head in sections:
        target = sections[head]
    elif head in refs:
        target = refs[head]
    elif head in ("selector", "explainer", "template"):
        target = _arm_role(_focus(arms, named), head, where)
    elif head == "arms" and len(rest) >= 2:
        arm = next((a for a in arms if a.get("name") == rest[0]), None)
        if arm is None:
            raise PlanError(f"no arm {rest[0]!r}", where=where, hint=f"arms: {names_of(arms)}")
        if len(rest) == 2:
            target, rest = arm, rest[1:]
        else:
            target, rest = _arm_role(arm, rest[1], where), rest[2:]
    else:
        known = [*sections, *refs, "selector", "explainer", "template", "arms.NAME"]
        raise PlanError(f"no role {head!r}{near(head, known)}", where=where, hint=f"roles: {known}")
    for key in rest[:-1]:
        target = target.setdefault(key, {})
    target[rest[-1]] = value


def _arm_role(arm: dict[str, Any], role: str, where: str) -> dict[str, Any]:
    if role not in ARM_ROLES:
        raise PlanError(f"an arm has no role {role!r}", where=where, hint=f"roles: {ARM_ROLES}")
    if arm.get(role) is None:
        raise PlanError(f"arm {arm.get('name')!r} has no {role}", where=where)
    arm[role] = ref_table(arm[role], where)
    made: dict[str, Any] = arm[role]
    return made


def _literal(text: str) -> Any:
    """A TOML value, or the text itself where it is none."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
