"""Admissions: the state of each installed plugin, as far as it is known without importing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from amplify.contract.suggest import did_you_mean
from amplify.host.bounds import out_of_bounds
from amplify.host.discover import InstalledPlugin, normalise
from amplify.host.info import State

OURS: set[str] = {
    f"amplify-{short}"
    for short in (
        "mini",
        "transformers",
        "captum",
        "sklearn",
        "shap",
        "lime",
        "openai",
        "anthropic",
    )
}
"""The project's own plugins. The defaults and the presets name some: no other takes their names."""


def blocked_by(
    installed: list[InstalledPlugin], block: Sequence[str]
) -> tuple[set[int], list[str]]:
    """Which plugins `block` names (by `id`), and a problem for each name that matches none.

    A full name means that one plugin; a short name all that share it.
    """
    blocked: set[int] = set()
    problems = []
    for written in block:
        name = normalise(written)
        exact = [plugin for plugin in installed if plugin.name == name]
        named = exact or [plugin for plugin in installed if plugin.short == name]
        blocked.update(id(plugin) for plugin in named)
        if not named:
            suggestion = did_you_mean(name, [plugin.short for plugin in installed])
            problems.append(f"--block {written}: no such plugin is installed{suggestion}")
    return blocked, problems


def admissions(
    installed: list[InstalledPlugin], blocked: set[int], others: bool
) -> dict[int, tuple[State, str]]:
    """The state of each plugin (by `id`), and the cause where it is not to be imported.

    `blocked` holds the `id`s of those that the user blocked; `others` False blocks all but the
    built-in one.
    """
    builtin = installed[0]
    rest = [plugin for plugin in installed if id(plugin) not in blocked]
    owners = {plugin.short: plugin.name for plugin in rest if plugin.name in OURS}
    shared = Counter(plugin.short for plugin in rest if plugin.short not in owners)
    states: dict[int, tuple[State, str]] = {}
    for plugin in installed:
        alike = sorted({rival.name for rival in rest if rival.short == plugin.short})
        if id(plugin) in blocked:
            states[id(plugin)] = ("blocked", "by --block or AMPLIFY_BLOCK")
        elif plugin is builtin:
            states[id(plugin)] = ("loaded", "")
        elif not others:
            states[id(plugin)] = ("blocked", "by --no-plugins or AMPLIFY_NO_PLUGINS")
        elif owners.get(plugin.short, plugin.name) != plugin.name:
            owner = owners[plugin.short]
            states[id(plugin)] = (
                "failed",
                f"it shortens to {plugin.short!r}, the name of {owner}; block that to use this one",
            )
        elif shared[plugin.short] > 1:
            states[id(plugin)] = (
                "failed",
                f"{' and '.join(alike)} both shorten to {plugin.short!r}; block one of them",
            )
        elif plugin.problem:
            states[id(plugin)] = ("failed", plugin.problem)
        elif bounds := out_of_bounds(plugin):
            states[id(plugin)] = ("incompatible", bounds)
        else:
            states[id(plugin)] = ("loaded", "")
    return states
