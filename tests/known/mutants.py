"""Copies of a module in which one name means something else; the module itself stays as it is."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any


def mutant(module: ModuleType, name: str, value: object) -> dict[str, Any]:
    """The names of a copy that is made of the module's source, and that finds `value` at `name`."""
    path = Path(str(module.__file__))
    names: dict[str, Any] = {"__name__": module.__name__}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
    names[name] = value
    return names
