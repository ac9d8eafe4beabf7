"""The state of each plugin as far as it shows before anything is imported."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence

from amplify.host.bounds import out_of_bounds
from amplify.host.discover import Found, normalise
from amplify.host.info import State

OURS = {
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


def blocked_by(everything: list[Found], block: Sequence[str]) -> tuple[set[int], list[str]]:
    """Which plugins `block` names (by `id`), and a problem for each name that matches none.

    A full name means that one plugin; a short name all that share it.
    """
    blocked: set[int] = set()
    problems = []
    for written in block:
        name = normalise(written)
        exact = [found for found in everything if found.name == name]
        named = exact or [found for found in everything if found.short == name]
        blocked.update(id(found) for found in named)
        if not named:
            near = difflib.get_close_matches(name, [found.short for found in everything], n=1)
            suggestion = f"; did you mean {near[0]!r}?" if near else ""
            problems.append(f"--block {written}: no such plugin is installed{suggestion}")
    return blocked, problems


def verdicts(
    everything: list[Found], blocked: set[int], plugins: bool
) -> dict[int, tuple[State, str]]:
    """The state of each plugin (by `id`), and the cause where it is not to be imported."""
    builtin = everything[0]
    rest = [found for found in everything if id(found) not in blocked]
    owners = {found.short: found.name for found in rest if found.name in OURS}
    shared = Counter(found.short for found in rest if found.short not in owners)
    verdicts: dict[int, tuple[State, str]] = {}
    for found in everything:
        alike = sorted({other.name for other in rest if other.short == found.short})
        if id(found) in blocked:
            verdicts[id(found)] = ("blocked", "by --block or AMPLIFY_BLOCK")
        elif found is builtin:
            verdicts[id(found)] = ("loaded", "")
        elif not plugins:
            verdicts[id(found)] = ("blocked", "by --no-plugins or AMPLIFY_NO_PLUGINS")
        elif owners.get(found.short, found.name) != found.name:
            owner = owners[found.short]
            verdicts[id(found)] = (
                "failed",
                f"it shortens to {found.short!r}, the name of {owner}; block that to use this one",
            )
        elif shared[found.short] > 1:
            verdicts[id(found)] = (
                "failed",
                f"{' and '.join(alike)} both shorten to {found.short!r}; block one of them",
            )
        elif found.problem:
            verdicts[id(found)] = ("failed", found.problem)
        elif bounds := out_of_bounds(found):
            verdicts[id(found)] = ("incompatible", bounds)
        else:
            verdicts[id(found)] = ("loaded", "")
    return verdicts
