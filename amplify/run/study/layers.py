"""Layers: what a study says for all runs, under what it says for a task, under that for an LLM."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.read import SECTIONS, TABLES, load_toml
from amplify.run.tables import as_table, check_keys, ref_table

ROLES = ("task", "llm", "proxy", "executor")
LAYER_KEYS = (*SECTIONS, "set")
"""What a layer may hold: the sections of a plan, and `role.key=value` texts."""


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


def read_layer(table: Mapping[str, Any], base: Path, where: str, more: tuple[str, ...]) -> Any:
    """A layer as the study's file says it; a plan file that it names (`plan`) lies under it.

    Keys of `more` are left out. Raises PlanError where a key is none of a plan.
    """
    check_keys(table, (*LAYER_KEYS, "plan", *more), where)
    said = {key: value for key, value in table.items() if key not in ("plan", *more)}
    texts = said.get("set", [])
    if not isinstance(texts, list) or any(not isinstance(text, str) for text in texts):
        raise PlanError(
            f"set is a list of texts, not {texts!r}",
            where=where,
            hint='set = ["arms.answer-only.shots=4"]',
        )
    if "plan" not in table:
        return layered(said)
    if not isinstance(table["plan"], str):
        raise PlanError(f"plan names a file, not {table['plan']!r}", where=where)
    path = Path(table["plan"]).expanduser()
    path = path if path.is_absolute() else base / path
    under = load_toml(path)
    check_keys(under, SECTIONS, str(path))
    return layered(under, said)
