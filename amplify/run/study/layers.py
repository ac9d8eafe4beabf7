"""Lay what a study says for all runs, for a task and for an LLM over the plan files it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.guard.paths import home
from amplify.run.plan.read import load_toml, put_place_first
from amplify.run.plan.refs import component_table
from amplify.run.plan.schema import COMPONENTS, TABLES, PlanTables, given
from amplify.run.plan.typed import section, typed
from amplify.run.study.schema import EntryTable


def layered(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """The later layers over the earlier ones.

    Keys of a section lie over keys. So do a component's options, unless it is another component:
    then those of the earlier one are gone. Arms are taken whole; `set` texts are all kept, in
    order.
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if key in TABLES:
                merged[key] = {**merged.get(key, {}), **value}
            elif key in COMPONENTS:
                over, under = component_table(value, section(key)), merged.get(key, {})
                another = "use" in over and over["use"] != under.get("use")
                merged[key] = over if another else {**under, **over}
            elif key == "set":
                merged[key] = [*merged.get(key, []), *value]
            else:
                merged[key] = value
    return merged


@dataclass(frozen=True)
class Entry:
    """A task or an LLM of a study: its own `tables`, and the `plan` under the whole study."""

    tables: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)

    def stored(self, name: str) -> dict[str, Any]:
        """The TOML form of the entry called `name`, which needs no other file."""
        plan = {"plan": dict(self.plan)} if self.plan else {}
        return {"name": name, **self.tables, **plan}


def read_entry(table: Mapping[str, Any], base: Path, where: str) -> tuple[str, Entry]:
    """The name of an entry, and the entry; relative paths start from the folder `base`.

    `where` is the axis that the entry stands in, `[[tasks]]` or `[[llms]]`.
    """
    name = table.get("name")
    named = bool(name) and isinstance(name, str)
    place = f"{where} {name}" if named else where
    hint = "" if named else 'for instance: name = "snarks"'
    entry = given(typed(EntryTable, table, place, hint=hint))
    tables = {key: value for key, value in entry.items() if key not in ("name", "plan")}
    refuse_repeats(tables.get("pick", []), f"{place} pick")
    plan, place = entry.get("plan", {}), f"{place} plan"
    if isinstance(plan, str):
        path = home(plan)
        path = path if path.is_absolute() else base / path
        plan = load_toml(path)
        if path.parent.resolve() != base.resolve():
            raise PlanError(
                "a plan file of a study stands in the study's folder, where its paths start from",
                where=f"{place} = {str(path)!r}",
            )
        place = str(path)
    try:
        plan = given(typed(PlanTables, plan))
    except PlanError as error:
        put_place_first(error, place)
        raise
    return entry["name"], Entry(layered(tables), layered(plan))


def refuse_repeats(names: Sequence[str], where: str) -> None:
    """Refuse a list that names something twice."""
    if len(set(names)) < len(names):
        raise PlanError(f"one is named twice: {list(names)}", where=where)
