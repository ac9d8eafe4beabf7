"""Lay the command line over the tables of a plan."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.grammar import with_article
from amplify.contract.guard.brief import brief
from amplify.contract.suggest import did_you_mean
from amplify.run.plan.declared import DeclaredPlan, names_of
from amplify.run.plan.refs import renamed
from amplify.run.plan.toml import DEEPEST, parse_toml

FOCUS_ROLES = ("selector", "explainer", "template")
"""The roles that the command line can name by themselves: they are the focus arm's."""


RUN_KEYS = (
    *("seed", "draws", "answer", "calibrate", "abstain", "unread", "repeats", "limit", "out"),
)
"""The keys of `[run]` that have options of their own."""


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
    draws: int | None = None
    answer: str | None = None
    calibrate: str | None = None
    abstain: float | None = None
    unread: str | None = None
    repeats: int | None = None
    limit: int | None = None
    min_gain: float | None = None
    max_p: float | None = None
    out: str | None = None
    arms: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    calls: Mapping[str, Any] = field(default_factory=dict)


def lay_over(declared: DeclaredPlan, overrides: Overrides) -> None:
    """Change the declared plan as the overrides say.

    Raises PlanError for an override that no picked arm would take notice of.
    """
    for role, component in declared.components.items():
        name = getattr(overrides, role, None)
        if name is not None and component.get("use") != name:
            declared.components[role] = {"use": name}
    for section, keys in (
        ("run", RUN_KEYS),
        ("verdict", ("min_gain", "max_p")),
    ):
        declared.sections[section].update(
            {key: value for key in keys if (value := getattr(overrides, key)) is not None}
        )
    declared.sections["calls"].update(overrides.calls)
    _override_arms(declared, overrides)
    for text in overrides.sets:
        apply_set(text, declared)


def _override_arms(declared: DeclaredPlan, overrides: Overrides) -> None:
    focus = declared.focus
    for role in FOCUS_ROLES:
        name = getattr(overrides, role)
        if name is None:
            continue
        if role != "template" and focus.get("shots") == 0:
            raise PlanError(
                f"arm {focus['name']!r} shows no demonstrations: it has no use for"
                f" {with_article(role)}",
                where=f"--{role}",
            )
        focus[role] = renamed(focus.get(role), name)
    showing = [
        arm
        for arm in declared.arms
        if (arm.get("selector") is not None or "like" in arm) and arm.get("shots") != 0
    ]
    for key in ("shots", "keywords"):
        value = getattr(overrides, key)
        if value is None:
            continue
        if not any(arm in showing for arm in declared.picked):
            raise PlanError("no arm shows demonstrations", where=f"--{key}")
        for arm in showing:
            arm[key] = value


def apply_set(text: str, declared: DeclaredPlan) -> None:
    """Apply one `-o role.key=value` to the declared plan."""
    path, sign, value_text = text.partition("=")
    keys = path.strip().split(".")
    where = f"-o {text if len(text) < 200 else f'{text[:200]}…'}"
    if not sign or len(keys) < 2:
        raise PlanError("expected role.key=value", where=where, hint="example: -o proxy.epochs=3")
    value = _literal(value_text.strip(), where)
    if len(keys) > DEEPEST:
        raise PlanError("nested too deeply", where=where)
    table, rest = _target(keys, declared, where)
    put(table, rest, value, where)


def _target(
    keys: list[str], declared: DeclaredPlan, where: str
) -> tuple[dict[str, Any], list[str]]:
    """The table that `-o` changes, and the rest of its `keys`, which lead into that table."""
    head, *rest = keys
    tables = {**declared.sections, **declared.components}
    if head in tables:
        return tables[head], rest
    if head in FOCUS_ROLES:
        return declared.own_role(declared.focus, head, where), rest
    if head != "arms" or len(rest) < 2:
        known = [*tables, *FOCUS_ROLES, "arms.NAME"]
        raise PlanError(
            f"no role {head!r}{did_you_mean(head, known)}", where=where, hint=f"roles: {known}"
        )
    name, *rest = rest
    arm = declared.arm(name)
    if arm is None:
        names = names_of(declared.arms)
        raise PlanError(
            f"no arm {name!r}{did_you_mean(name, names)}", where=where, hint=f"arms: {names}"
        )
    return (arm, rest) if len(rest) == 1 else (declared.own_role(arm, rest[0], where), rest[1:])


def put(table: dict[str, Any], path: list[str], value: Any, where: str) -> None:
    """Set the key at the end of the path to the value; the keys before it name inner tables."""
    for key in path[:-1]:
        inner = table.setdefault(key, {})
        if not isinstance(inner, dict):
            raise PlanError(f"{key!r} is {brief(inner)}, which has no keys of its own", where=where)
        table = inner
    table[path[-1]] = value


def _literal(text: str, where: str) -> Any:
    """A TOML value, or the text itself where it is no TOML."""
    try:
        return parse_toml(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    except ValueError as error:
        raise PlanError(str(error), where=where) from None
