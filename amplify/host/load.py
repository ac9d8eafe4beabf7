"""The host: every plugin that is installed, loaded or isolated, and their components."""

from __future__ import annotations

import contextlib
import difflib
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

import pluggy

from amplify.contract import hookspecs
from amplify.contract.brief import cause
from amplify.contract.hookspecs import PROJECT
from amplify.host.admit import Refused, admit, alone
from amplify.host.bounds import out_of_bounds
from amplify.host.discover import Found, discover, normalise
from amplify.host.info import PluginInfo, Registered, State
from amplify.host.registry import Registry

if TYPE_CHECKING:
    from amplify.contract.data import Event


@dataclass(frozen=True, slots=True)
class Host:
    """All plugins of the environment and the registry of their components.

    `problems` are those of no one plugin: unreadable metadata, a blocked name that matches none.
    """

    plugins: tuple[PluginInfo, ...]
    registry: Registry
    problems: tuple[str, ...]
    manager: pluggy.PluginManager

    @classmethod
    def load(
        cls,
        block: Sequence[str] = (),
        plugins: bool = True,
        entry_points: Iterable[EntryPoint] | None = None,
    ) -> Host:
        """Find and load every plugin; one that fails is isolated and stops nothing.

        `block` names plugins (short or full) that are not imported; `plugins` False blocks all
        but the built-in one. `entry_points` stands in for the scan of the environment.
        """
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(hookspecs)
        everything, problems = discover(entry_points)
        blocked, strange = _blocked(everything, block)
        verdicts = _verdicts(everything, blocked, plugins)
        infos: list[PluginInfo] = []
        components: list[Registered] = []
        for found in everything:
            info, declared = _settle(manager, found, verdicts[id(found)])
            infos.append(info)
            components += declared
        registry = Registry(tuple(components), tuple(infos))
        return cls(registry.plugins, registry, (*problems, *strange), manager)

    def emit(self, event: Event) -> tuple[str, ...]:
        """Tell every plugin's observer of `event`, one at a time; what went wrong with which.

        What an observer prints goes to stderr, so that stdout keeps to the command's own output.
        """
        problems = []
        for name, plugin in self.manager.list_name_plugin():
            try:
                with contextlib.redirect_stdout(sys.stderr):
                    alone(self.manager, "amplify_event", plugin)(event=event)
            except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin may raise anything
                problems.append(f"observer of {name} fails on {event.kind!r}: {cause(error)}")
        return tuple(problems)


def _settle(
    manager: pluggy.PluginManager, found: Found, verdict: tuple[State, str]
) -> tuple[PluginInfo, list[Registered]]:
    """What became of one plugin, and its components."""
    state, problem = verdict
    info = PluginInfo(found.name, found.short, found.version, state, found.summary)
    if state != "loaded":
        return replace(info, problems=(problem,)), []
    problems: list[str] = []
    try:
        declared = admit(manager, found, problems)
    except Refused as refusal:
        return replace(info, state="failed", problems=(str(refusal), *problems)), []
    except Exception as error:  # noqa: BLE001  # a foreign object may misbehave anywhere
        return replace(info, state="failed", problems=(cause(error),)), []
    names: dict[str, tuple[str, ...]] = {}
    for component in declared:
        names[component.role] = (*names.get(component.role, ()), component.component.name)
    return replace(info, problems=tuple(problems), components=names), declared


def _blocked(everything: list[Found], block: Sequence[str]) -> tuple[set[int], list[str]]:
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


def _verdicts(
    everything: list[Found], blocked: set[int], plugins: bool
) -> dict[int, tuple[State, str]]:
    """The state of each plugin as far as it shows before anything is imported."""
    builtin = everything[0]
    rest = [found for found in everything if id(found) not in blocked]
    shared = Counter(found.short for found in rest)
    verdicts: dict[int, tuple[State, str]] = {}
    for found in everything:
        alike = sorted({other.name for other in rest if other.short == found.short})
        if id(found) in blocked:
            verdicts[id(found)] = ("blocked", "by --block or AMPLIFY_BLOCK")
        elif found is builtin:
            verdicts[id(found)] = ("loaded", "")
        elif not plugins:
            verdicts[id(found)] = ("blocked", "by --no-plugins or AMPLIFY_NO_PLUGINS")
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
