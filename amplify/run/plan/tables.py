"""Small readings of TOML tables, each with an error that names the place."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.plan.plan import Ref


def ref_table(value: Any, where: str) -> dict[str, Any]:
    if isinstance(value, str):
        return {"use": value}
    return dict(as_table(value, where))


def more_options(value: Any, base: Any) -> Any:
    """A component as an arm says it; a table without `use` adds options to the one taken over."""
    if not isinstance(value, dict) or "use" in value or base is None:
        return value
    return {**({"use": base} if isinstance(base, str) else base), **value}


def to_ref(table: dict[str, Any], where: str) -> Ref:
    use = table.get("use")
    if not isinstance(use, str) or not use:
        raise PlanError('needs `use = "component"`', where=where)
    options = {key: value for key, value in table.items() if key != "use"}
    for key, value in options.items():
        check_plain(value, f"{where} {key}")
    return Ref(use, options)


def check_plain(value: Any, where: str) -> None:
    """TOML's dates and times are no options: nothing here takes one, and JSON has none."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            check_plain(inner, where)
    elif not isinstance(value, str | int | float | bool):
        raise PlanError(f"{value} is a date or time; write it as text", where=where)


def as_table(value: Any, where: str) -> Mapping[str, Any]:
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        raise PlanError(f"expected one table, not a list of tables: [{where}]", where=where)
    if not isinstance(value, dict):
        raise PlanError(f"expected a table, not {value!r}", where=where)
    return value


def renamed(value: Any, name: str) -> Any:
    """A component as an arm says it, of another name; the same one keeps its options."""
    used = value.get("use") if isinstance(value, dict) else value
    if not isinstance(used, str) or Ref(used).bare != Ref(name).bare:
        return name
    return {**value, "use": name} if isinstance(value, dict) else name


def names_of(arms: Sequence[dict[str, Any]]) -> list[str]:
    return [str(arm.get("name", "")) for arm in arms]


def texts_of(value: Any, where: str, distinct: bool = False) -> list[str]:
    """A list of texts as it stands; PlanError where it is none, or, if `distinct`, repeats one."""
    if not isinstance(value, list) or any(not isinstance(text, str) for text in value):
        raise PlanError(f"a list of texts is expected, not {value!r}", where=where)
    if distinct and len(set(value)) < len(value):
        raise PlanError(f"one is named twice: {value}", where=where)
    return value


def check_keys(table: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise PlanError(
                f"unknown key {key!r}{near(key, known)}", where=where, hint=f"keys: {list(known)}"
            )


def near(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
