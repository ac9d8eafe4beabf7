"""What a plugin's module declares, what that costs, and that its factories are there."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from amplify import Component
from known.commands import run

HOOKS = "amplify_"


def declared(plugin: ModuleType) -> list[Component]:
    """All components that the module's hooks declare."""
    hooks = [getattr(plugin, name) for name in sorted(vars(plugin)) if name.startswith(HOOKS)]
    return [component for hook in hooks for component in hook()]


def factories(plugin: ModuleType) -> dict[str, Callable[..., Any]]:
    """The factory of each component, imported, by the component's name."""
    by_name = {}
    for component in declared(plugin):
        module, _, name = str(component.factory).partition(":")
        by_name[component.name] = getattr(importlib.import_module(module), name)
    return by_name


def imported_by_declaring(plugin: ModuleType, *packages: str) -> list[str]:
    """Those of the packages that a fresh process has loaded once the plugin has declared."""
    code = (
        f"import sys, {plugin.__name__} as plugin;"
        "from known.declarations import declared; declared(plugin);"
        "print(*(name for name in sys.argv[1:] if name in sys.modules))"
    )
    done = run([sys.executable, "-c", code, *packages])
    assert done.returncode == 0, done.stderr
    return done.stdout.split()
