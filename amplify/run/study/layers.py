"""Layers: the plan files that a study names, what it says for all runs, for a task, for an LLM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.guard.paths import home
from amplify.run.plan.read import SECTIONS, TABLES, load_toml
from amplify.run.plan.tables import as_table, check_keys, ref_table, texts_of

ROLES = ("task", "llm", "proxy", "executor")
LAYER_KEYS = (*SECTIONS, "pick", "shots", "set")
"""What a layer may hold: the sections of a plan, the names of the arms that are measured, the shots
of every arm that shows any, and `role.key=value` texts."""


def layered(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """The later layers over the earlier ones.

    Keys of a section lie over keys. So do a component's options, unless it is another component:
    then those of the earlier one are gone. Arms are taken whole; `set` texts are all kept, in
    order.
    """
    made: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            where = f"[{key}]"
            if key in TABLES:
                made[key] = {**made.get(key, {}), **as_table(value, where)}
            elif key in ROLES:
                over, under = ref_table(value, where), made.get(key, {})
                other = "use" in over and over["use"] != under.get("use")
                made[key] = over if other else {**under, **over}
            elif key == "set":
                made[key] = [*made.get(key, []), *value]
            else:
                made[key] = value
    return made


@dataclass(frozen=True)
class Entry:
    """An entry of an axis: what it says itself, and the plan that lies under the whole study."""

    said: Mapping[str, Any] = field(default_factory=dict)
    under: Mapping[str, Any] = field(default_factory=dict)

    def table(self, name: str) -> dict[str, Any]:
        """Its TOML form, which needs no other file."""
        plan = {"plan": dict(self.under)} if self.under else {}
        return {"name": name, **self.said, **plan}


def read_entry(table: Mapping[str, Any], base: Path, where: str) -> Entry:
    """An entry as the study's file says it; its `plan` is a plan file, or the tables of a plan.

    Raises PlanError where a key is none of a plan.
    """
    check_keys(table, ("name", "plan", *LAYER_KEYS), where)
    said = {key: value for key, value in table.items() if key not in ("name", "plan")}
    texts_of(said.get("set", []), f"{where} set")
    texts_of(said.get("pick", []), f"{where} pick", distinct=True)
    shots = said.get("shots", 0)
    if shots != "max" and (not isinstance(shots, int) or isinstance(shots, bool) or shots < 0):
        raise PlanError(f'shots is a count or "max", not {shots!r}', where=where)
    plan = table.get("plan", {})
    if isinstance(plan, str):
        path = home(plan)
        path = path if path.is_absolute() else base / path
        plan = load_toml(path)
        if path.parent.resolve() != base.resolve():
            raise PlanError(
                "a plan file of a study stands in the study's folder, where its paths start from",
                where=f"{where} plan = {str(path)!r}",
            )
        where = str(path)
    plan = as_table(plan, f"{where} plan")
    check_keys(plan, SECTIONS, where)
    return Entry(layered(said), layered(plan))
