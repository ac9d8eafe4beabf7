"""Finds modules that a plugin was the first to load, and changed or replaced."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from amplify.host.contain.watched import package_of_code

LOADED_LATER = {
    *("openai", "anthropic", "httpx", "httpcore", "msgspec", "jinja2", "tabulate", "tomli_w"),
    *("rich", "dotenv", "platformdirs", "lime", "csv", "sqlite3", "json", "logging", "ssl"),
}
"""Libraries that a run imports only when it needs them: a plugin may have loaded them before."""

ONCE = {"numpy", "scipy", "torch", "transformers", "captum", "sklearn", "shap", "tokenizers"}
"""Libraries that a process can import only once: a changed one is named, and stays."""

LOADED = LOADED_LATER | sys.stdlib_module_names
"""All libraries that a plugin may have been the first to load, and to change."""

INNER = tuple(f"amplify.{room}." for room in ("builtin", "cli", "loop", "report", "run"))
"""Packages that no plugin may load for others: a run loads their modules anew."""

CODE = (FunctionType, type, staticmethod, classmethod)


def forget_planted(
    modules: dict[str, ModuleType], new: dict[str, ModuleType], package: str, put: list[Any]
) -> list[str]:
    """Take out of `modules` which of the `new` ones are not what their names say; their names.

    They are imported anew when they are asked for. `package` is that of the plugin which loaded
    them. A module that holds nothing strange but what is in `put` is not named: it took that over
    from another one.
    """
    wrong = {name for name, module in new.items() if _is_planted(name, module, package, [])}
    named = {name for name in wrong if _is_planted(name, new[name], package, put)}
    whole = {name.partition(".")[0] for name in wrong} & LOADED_LATER
    gone = {name for name in new if name in wrong or name.partition(".")[0] in whole}
    if package != "amplify":
        gone |= {name for name in new if name.startswith(INNER)}
    for name in gone:
        if name.partition(".")[0] in ONCE and getattr(new[name], "__spec__", None) is not None:
            continue
        del modules[name], new[name]
        parent, _, last = name.rpartition(".")
        if last in vars(modules.get(parent, ModuleType(""))):
            delattr(modules[parent], last)
    return [f"module {name}" for name in sorted(named)]


def _is_planted(name: str, module: Any, package: str, known: list[Any]) -> bool:
    """Whether a module is not the one of its name, or holds code of the plugin not `known` yet."""
    top = name.partition(".")[0]
    ours = top == "amplify" or top.startswith("amplify_")
    if top == package or not (ours or top in LOADED or top in ONCE):
        return False
    if not isinstance(module, ModuleType) or package_of_code(type(module)) == package:
        return True
    if getattr(module, "__spec__", None) is None:
        return True
    strange = [value for value in _code(module) if package_of_code(value) == package]
    return any(all(value is not function for function in known) for value in strange)


def _code(module: ModuleType) -> Iterator[Any]:
    """The functions and classes that a module holds, and the methods of those."""
    for value in list(vars(module).values()):
        # Of foreign objects not even their class is asked for: some warn then.
        if issubclass(type(value), CODE):
            yield value
        if issubclass(type(value), type):
            yield from (v for v in list(vars(value).values()) if issubclass(type(v), CODE))
