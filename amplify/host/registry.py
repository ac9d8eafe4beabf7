"""Components by role and name: a bare name while it is unique, else a qualified one."""

from __future__ import annotations

from dataclasses import dataclass

from amplify.contract.component import ROLES
from amplify.contract.errors import PlanError, PluginError
from amplify.contract.suggest import nearest, suggestion
from amplify.host.info import PluginInfo, Registered


@dataclass(frozen=True, slots=True)
class Registry:
    """The components of all loaded plugins; `plugins` holds the others too, to name a cause."""

    components: tuple[Registered, ...]
    plugins: tuple[PluginInfo, ...]

    def all(self, role: str | None = None) -> tuple[Registered, ...]:
        """The components of `role` (None: all), plugin by plugin, in order of declaration."""
        return tuple(c for c in self.components if role in (None, c.role))

    def find(self, role: str, name: str) -> Registered:
        """The component of `role` that `name` means: "plugin/component", or a unique bare name.

        Raises PlanError for a name that is unknown (with the nearest ones) or ambiguous (with all
        candidates), PluginError where it belongs to a plugin that is not loaded (with the cause).
        """
        if role not in ROLES:
            raise ValueError(f"unknown role {role!r}; roles: {', '.join(ROLES)}")
        matches = self.matches(role, name)
        if len(matches) > 1:
            names = ", ".join(registered.qualified for registered in matches)
            raise PlanError(
                f"{role} {name!r} is ambiguous: {names}", hint="Write one of these names in full."
            )
        if not matches:
            raise self._unknown(role, name)
        return matches[0]

    def named(self, name: str) -> tuple[Registered, ...]:
        """The components that `name` means, at most one for each role; raises as `find` does."""
        roles = [role for role in ROLES if self.matches(role, name)]
        if not roles:
            raise self._unknown(None, name)
        return tuple(self.find(role, name) for role in roles)

    def matches(self, role: str | None, name: str) -> tuple[Registered, ...]:
        """The components of `role` (None: of any) that `name` may mean, bare or qualified."""
        if "/" in name:
            return tuple(c for c in self.all(role) if c.qualified == name)
        return tuple(c for c in self.all(role) if c.component.name == name)

    def plugin(self, short: str) -> PluginInfo | None:
        """The plugin of this short or full name, loaded or not; None if there is none.

        Of two that share a short name, the loaded one.
        """
        named = [plugin for plugin in self.plugins if short in (plugin.short, plugin.name)]
        return min(named, key=lambda plugin: plugin.state != "loaded", default=None)

    def _unknown(self, role: str | None, name: str) -> PlanError | PluginError:
        prefix, slash, _ = name.partition("/")
        owner = self.plugin(prefix) if slash else None
        if owner is not None and owner.state != "loaded":
            return PluginError(
                f"plugin {owner.name} is {owner.state}: {'; '.join(owner.problems)}",
                where=f"{role or 'component'} {name}",
                hint="`amplify list-plugins` shows all plugins and their problems.",
            )
        return PlanError(
            f"unknown {role or 'component'} {name!r}" + self._nearest(role, name),
            hint=" ".join(filter(None, self._hints(role, name, owner))),
        )

    def _nearest(self, role: str | None, name: str) -> str:
        known = [registered.qualified for registered in self.all(role)]
        bare = {registered.component.name: registered.qualified for registered in self.all(role)}
        near = nearest(name, [*known, *bare], most=3)
        if "/" in name and name.rpartition("/")[2] in bare:
            near.insert(0, bare[name.rpartition("/")[2]])
        return suggestion(near)

    def _hints(self, role: str | None, name: str, owner: PluginInfo | None) -> list[str]:
        hints = []
        prefix, slash, _ = name.partition("/")
        if slash and owner is None:
            hints.append(
                f"No plugin {prefix!r} is installed; its distribution would be named"
                f" amplify-{prefix}."
            )
        other_roles = [registered.role for registered in self.matches(None, name)]
        if other_roles:
            hints.append(
                f"{name!r} is a component of role {' and '.join(dict.fromkeys(other_roles))}."
            )
        if role is None:
            hints.append("`amplify list-plugins` lists all components.")
        else:
            known = ", ".join(registered.qualified for registered in self.all(role)) or "none"
            hints.append(f"Known: {known}.")
        lost = [f"{p.name} ({p.state})" for p in self.plugins if p.state != "loaded"]
        if lost and not slash:
            hints.append(f"Not loaded: {', '.join(lost)}; `amplify list-plugins` says why.")
        return hints
