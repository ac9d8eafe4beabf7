"""Components as a plan writes them: a name, or a table of `use` and the component's options."""

from __future__ import annotations

from typing import Any

from amplify.contract.errors import PlanError
from amplify.run.plan.plan import Ref
from amplify.run.plan.typed import EXPECTED, not_a


def component_table(value: Any, where: str) -> dict[str, Any]:
    """A component as a table, which is the caller's to change; `where` is its place in the plan."""
    if isinstance(value, str):
        return {"use": value}
    if not isinstance(value, dict):
        raise not_a(EXPECTED[dict], value, where)
    return dict(value)


def with_inherited_options(value: Any, base: Any) -> Any:
    """A component as an arm says it; a table without `use` adds options to those of `base`.

    `base` is the component that the arm would take over, None where there is none.
    """
    if not isinstance(value, dict) or "use" in value or base is None:
        return value
    return {**({"use": base} if isinstance(base, str) else base), **value}


def to_ref(table: dict[str, Any], where: str) -> Ref:
    """The component that a table names, with its options; `where` is its place in the plan."""
    use = table.get("use")
    if not isinstance(use, str) or not use:
        raise PlanError('needs `use = "component"`', where=where)
    options = {key: value for key, value in table.items() if key != "use"}
    for key, value in options.items():
        refuse_dates(value, f"{where} {key}")
    return Ref(use, options)


def refuse_dates(value: Any, where: str) -> None:
    """Refuse TOML's dates and times: no option takes one, and a JSON record cannot hold one."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            refuse_dates(inner, where)
    elif not isinstance(value, str | int | float | bool):
        raise PlanError(f"{value} is a date or time; write it as text", where=where)


def renamed(value: Any, name: str) -> Any:
    """A component of this name; it keeps the options of `value` where that is the same one."""
    use = value.get("use") if isinstance(value, dict) else value
    if not isinstance(use, str) or Ref(use).bare != Ref(name).bare:
        return name
    return {**value, "use": name} if isinstance(value, dict) else name
