"""Plain records of a plugin and of a component, as the host found them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from amplify.contract.component import Component

State = Literal["loaded", "blocked", "incompatible", "failed"]


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """A plugin as the host left it.

    `name` is the normalised name of its distribution, `short` that name without "amplify-", the
    prefix of its components. `problems` say why it is not loaded, or what is odd about one that
    is. `components` holds the bare component names of each role that it fills.
    """

    name: str
    short: str
    version: str
    state: State
    summary: str = ""
    problems: tuple[str, ...] = ()
    components: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registered:
    """A component and the plugin that declared it.

    `plugin` is the plugin's short name, `distribution` its full one, `version` its version.
    """

    component: Component
    plugin: str
    distribution: str
    version: str = ""

    @property
    def role(self) -> str:
        """The role that the component plays, e.g. "explainer"."""
        return self.component.role

    @property
    def qualified(self) -> str:
        """The name that no other plugin can take, e.g. "captum/input-x-gradient"."""
        return f"{self.plugin}/{self.component.name}"
