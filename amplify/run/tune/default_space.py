"""The space of a tune whose plan names no arms: what is installed, and what the LLM can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from amplify.contract.component import ProviderComponent
from amplify.contract.errors import PlanError, PluginError
from amplify.host.registry import Registry
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import Plan
from amplify.run.plan.presets import ARMS
from amplify.run.plan.read import read_plan

DRAWS = 3
"""How often arms draw their demonstrations: each draw is a contender."""

SHOTS = [2, 4]
"""The numbers of demonstrations beside that of the presets."""

MOST = 40
"""The most contenders."""

NEAREST = {
    "name": "nearest-tf-idf",
    "selector": "sklearn/nearest",
    "template": "builtin/answer-only",
}


def raced_plan(path: Path | None, overrides: Overrides, registry: Callable[[], Registry]) -> Plan:
    """The plan of `path` with a race: its own, or the one that fits what the registry has."""
    apart = replace(overrides, sets=tuple(s for s in overrides.sets if not s.startswith("tune.")))
    plan = read_plan(path, apart, {})
    if plan.tune is not None:
        return read_plan(path, overrides, {})
    return read_plan(path, overrides, default_race(plan, registry()))


def default_race(plan: Plan, registry: Registry) -> dict[str, Any]:
    """The sections `tune`, `arms` and `run` for the task and the LLM of a plan.

    Zero-shot, random demonstrations, AMPLIFY and nearest neighbours, with fewer demonstrations too,
    and, where the LLM tells the probabilities of labels, by ranking these, calibrated or not.
    """
    arms: list[dict[str, Any]] = [
        {"name": name, **ARMS[name]} for name in ("zero-shot", "answer-only")
    ]
    plain = [arm["name"] for arm in arms]
    for arm in ({"name": "amplify", **ARMS["amplify"]}, NEAREST):
        if _installed(registry, arm, plan):
            arms.append(dict(arm))
    space: list[dict[str, Any]] = [{"shots": SHOTS}]
    llm = registry.find("llm", plan.llm.use).component
    if isinstance(llm, ProviderComponent) and llm.ranks:
        ranked = {"answer": ["rank"], "calibrate": ["none", "context"]}
        space.append({"arm": plain, **ranked})
    return {
        "tune": {"contenders": MOST, "space": space},
        "arms": arms,
        "run": {"draws": DRAWS},
    }


def _installed(registry: Registry, arm: dict[str, Any], plan: Plan) -> bool:
    """Whether all components of an arm are there, the proxy included where it explains."""
    roles: Sequence[str] = ("selector", "explainer", "template")
    named = [(role, arm[role]) for role in roles if role in arm]
    if "explainer" in arm:
        named.append(("proxy", plan.proxy.use))
    try:
        for role, component in named:
            use = component["use"] if isinstance(component, dict) else component
            registry.find(role, use)
    except (PlanError, PluginError):
        return False
    return True
