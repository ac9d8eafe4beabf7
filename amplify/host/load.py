"""The host: every plugin that is installed, loaded or isolated, and their components."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING

import pluggy

from amplify.contract import hookspecs
from amplify.contract.guard.brief import cause
from amplify.contract.hookspecs import PROJECT
from amplify.host.admissions import OURS, admissions, blocked_by
from amplify.host.admit import Admitter, NotAdmitted
from amplify.host.contain import Containment, Interrupts, Running, Tell, Watchdog
from amplify.host.discover import InstalledPlugin, discover
from amplify.host.info import PluginInfo, Registered, State
from amplify.host.observe import observe
from amplify.host.registry import Registry

if TYPE_CHECKING:
    from amplify.contract.data import Event


@dataclass(frozen=True, slots=True)
class Host:
    """All plugins of the environment and the registry of their components.

    `problems` are those of no one plugin: unreadable metadata, a blocked name that matches none.
    `tell` hears of a plugin that does not come back. `lasting` are threads and processes which
    plugins started, and which would keep this process from ending.
    """

    plugins: tuple[PluginInfo, ...]
    registry: Registry
    problems: tuple[str, ...]
    manager: pluggy.PluginManager
    tell: Tell | None = None
    lasting: list[Running] = field(default_factory=list)

    @classmethod
    def load(
        cls,
        block: Sequence[str] = (),
        plugins: bool = True,
        entry_points: Iterable[EntryPoint] | None = None,
        tell: Tell | None = None,
    ) -> Host:
        """Find and load every plugin; one that fails is isolated and stops nothing.

        `block` names plugins (short or full) that are not imported; `plugins` False blocks all
        but the built-in one. `entry_points` stands in for the scan of the environment. `tell`
        hears, from another thread, of a plugin whose code does not come back.
        """
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(hookspecs)
        installed, problems = discover(entry_points)
        blocked, strange = blocked_by(installed, block)
        states = admissions(installed, blocked, plugins)
        settled: dict[int, tuple[PluginInfo, list[Registered]]] = {}
        interrupts = Interrupts()
        with interrupts.noticed(), Watchdog(tell) as watchdog, Containment() as containment:
            admitter = Admitter(manager, containment, watchdog, interrupts)
            # Ours go first, so that no other plugin takes their modules.
            for plugin in sorted(installed, key=lambda plugin: plugin.name not in OURS):
                settled[id(plugin)] = _settle(admitter, plugin, states[id(plugin)])
        infos = tuple(settled[id(plugin)][0] for plugin in installed)
        components = tuple(
            component for plugin in installed for component in settled[id(plugin)][1]
        )
        lasting = containment.left_running.lasting
        problems += strange
        return cls(infos, Registry(components, infos), tuple(problems), manager, tell, lasting)

    def emit(self, event: Event) -> tuple[str, ...]:
        """Tell every plugin's observer of `event`, one at a time; what went wrong with which."""
        return observe(self.manager, event, self.tell, self.lasting)


def _settle(
    admitter: Admitter, plugin: InstalledPlugin, admission: tuple[State, str]
) -> tuple[PluginInfo, list[Registered]]:
    """What became of one plugin, and its components."""
    state, problem = admission
    info = PluginInfo(plugin.name, plugin.short, plugin.version, state, plugin.summary)
    if state != "loaded":
        return replace(info, problems=(problem,)), []
    problems: list[str] = []
    try:
        declared = admitter.admit(plugin, problems)
    except NotAdmitted as refusal:
        return replace(info, state="failed", problems=(str(refusal), *problems)), []
    except BaseException as error:  # noqa: BLE001  # a foreign object may misbehave anywhere
        admitter.interrupts.raise_if_the_users(error)
        return replace(info, state="failed", problems=(cause(error), *problems)), []
    names: dict[str, tuple[str, ...]] = {}
    for component in declared:
        names[component.role] = (*names.get(component.role, ()), component.component.name)
    return replace(info, problems=tuple(problems), components=names), declared
