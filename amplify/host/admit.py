"""Admits one plugin or isolates it: whatever it does wrong stays one line of the listing."""

from __future__ import annotations

import contextlib
import inspect
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pluggy

from amplify.contract.component import ROLES, Component
from amplify.contract.guard.brief import brief, cause
from amplify.contract.guard.secret import scrubbed
from amplify.contract.hookspecs import ROLE_HOOKS
from amplify.contract.suggest import nearest
from amplify.host.admissions import OURS
from amplify.host.contain import Containment, Interrupts, Watchdog, timed
from amplify.host.discover import BUILTIN, InstalledPlugin
from amplify.host.info import Registered
from amplify.host.records import fault

TRUSTED = {BUILTIN, *OURS}
HOOKS = (*ROLE_HOOKS.values(), "amplify_event")
MOST = 1000
"""More components than this of one hook are taken for an iterator that never ends."""


class NotAdmitted(Exception):
    """A plugin is not admitted; the message says why."""


class Hooks:
    """The functions of a plugin that are marked as hooks, the only part of it that pluggy sees.

    The plugin itself may be any object, also one that compares equal to others.
    """

    def __dir__(self) -> list[str]:
        return list(vars(self))  # pluggy looks at every name


@dataclass(frozen=True, slots=True)
class Admitter:
    """Admits plugins, one after the other; `admitted` are those so far, as they were imported."""

    manager: pluggy.PluginManager
    containment: Containment
    watchdog: Watchdog
    interrupts: Interrupts
    admitted: list[object] = field(default_factory=list)

    def admit(self, installed: InstalledPlugin, problems: list[str]) -> list[Registered]:
        """The components of a plugin, now registered with the manager.

        What is odd about the plugin is added to `problems`, in words. Raises NotAdmitted, with
        nothing of the plugin left in the manager, where it cannot be loaded or breaks the contract.
        What it changed in the process is put back in any case.
        """
        package = installed.entry.module.partition(".")[0]
        with (
            self.interrupts.named(installed.name, installed.short),
            self.containment.around(package, problems, installed.name in TRUSTED),
        ):
            return self._admit(installed, problems)

    def _admit(self, installed: InstalledPlugin, problems: list[str]) -> list[Registered]:
        with self._stage("import", installed, problems):
            plugin = self._load(installed)
        if any(plugin is admitted for admitted in self.admitted):
            raise NotAdmitted(f"{installed.entry.value} is already another distribution's plugin")
        with self._stage("declaration", installed, problems):
            hooks = _marked(self.manager, plugin, problems)
            try:
                self.manager.register(hooks, name=installed.name)
            except pluggy.PluginValidationError as error:
                raise NotAdmitted(str(error).replace("\n", " ").strip()) from None
            try:
                declared = self._declared(hooks, installed)
            except BaseException:
                self.manager.unregister(hooks)
                raise
        self.admitted.append(plugin)
        return declared

    def _load(self, installed: InstalledPlugin) -> Any:
        try:
            plugin = installed.entry.load()
        except SystemExit as error:
            raise NotAdmitted(
                f"import of {installed.entry.value} calls sys.exit({brief(error.code)})"
            ) from None
        except BaseException as error:
            self.interrupts.raise_if_the_users(error)
            raise NotAdmitted(f"import of {installed.entry.value} fails: {cause(error)}") from error
        if plugin is None:
            raise NotAdmitted(f"entry point {installed.entry.value} is None")
        return plugin

    def _declared(self, hooks: Hooks, installed: InstalledPlugin) -> list[Registered]:
        """The components that all of the plugin's hooks declare, each iterator run to its end."""
        declared: list[Registered] = []
        for role, hook in ROLE_HOOKS.items():
            by_name: dict[str, Component] = {}
            for returned in self._records(hooks, hook):
                record = _plain(role, returned)
                wrong = fault(role, record)
                if wrong:
                    raise NotAdmitted(f"{hook}: {wrong}")
                if record.name in by_name:
                    raise NotAdmitted(
                        f"{hook}: two components are named {record.name!r}:"
                        f" {_factory(by_name[record.name])} and {_factory(record)}"
                    )
                by_name[record.name] = record
            declared += [
                Registered(record, installed.short, installed.name, installed.version)
                for record in by_name.values()
            ]
        return declared

    def _records(self, hooks: Hooks, hook: str) -> list[Any]:
        caller = plugin_caller(self.manager, hook, hooks)
        implementations = len(caller.get_hookimpls())
        try:
            results = caller()
            if len(results) < implementations:
                raise NotAdmitted(f"{hook} returns None, not an iterable of components")
            records: list[Any] = []
            # pluggy calls the last function first; the listing keeps the order of writing.
            for result in reversed(results):
                if isinstance(result, str | bytes) or not hasattr(result, "__iter__"):
                    raise NotAdmitted(f"{hook} returns {type(result).__name__}, not an iterable")
                records += islice(result, MOST + 1)
        except NotAdmitted:
            raise
        except BaseException as error:
            self.interrupts.raise_if_the_users(error)
            raise NotAdmitted(f"{hook} fails: {cause(error)}") from error
        if len(records) > MOST:
            raise NotAdmitted(f"{hook} yields more than {MOST} components")
        return records

    @contextlib.contextmanager
    def _stage(self, stage: str, installed: InstalledPlugin, problems: list[str]) -> Iterator[None]:
        with (
            self.watchdog.waiting(f"the {stage} of plugin {installed.name}", installed.short),
            timed(f"its {stage}", problems),
            _quiet(stage, problems),
        ):
            try:
                yield
            finally:
                self.containment.clear_the_way()


def plugin_caller(manager: pluggy.PluginManager, hook: str, plugin: object) -> pluggy.HookCaller:
    """The caller that calls `hook` of `plugin` alone."""
    return manager.subset_hook_caller(hook, [p for p in manager.get_plugins() if p is not plugin])


def _marked(manager: pluggy.PluginManager, plugin: Any, problems: list[str]) -> Hooks:
    """The plugin's hooks; functions that are named like hooks and not marked become `problems`.

    Raises NotAdmitted for a hook that does not exist.
    """
    hooks = Hooks()
    for name in dir(plugin):
        if name.startswith("__"):
            continue
        marked = manager.parse_hookimpl_opts(plugin, name)
        if marked is None:
            if name.startswith("amplify_") and inspect.isroutine(
                inspect.getattr_static(plugin, name, None)
            ):
                problems.append(f"function {name} is not marked @hookimpl: it is never called")
            continue
        hook = marked.get("specname") or name
        if hook not in HOOKS:
            near = nearest(hook, HOOKS, cutoff=0.5)
            advice = f"; did you mean {near[0]}?" if near else f"; hooks: {', '.join(HOOKS)}"
            raise NotAdmitted(f"there is no hook {hook}{advice}")
        if marked.get("wrapper") or marked.get("hookwrapper"):
            raise NotAdmitted(
                f"{name} is a wrapper: hooks here return declarations, none is wrapped"
            )
        setattr(hooks, name, getattr(plugin, name))
    if not vars(hooks):
        problems.append("declares nothing: no function of it is marked @hookimpl")
    return hooks


def _plain(role: str, record: Any) -> Any:
    """A record of exactly the role's kind, with texts that are exactly texts."""
    kind = ROLES[role]
    if not isinstance(record, kind):
        return record
    values = {name: getattr(record, name) for name in kind.FIELDS}
    for key in ("name", "summary"):
        if isinstance(values[key], str):
            values[key] = str.__str__(values[key])
    return kind(**values)


def _factory(record: Component) -> str:
    factory = record.factory
    return factory if isinstance(factory, str) else getattr(factory, "__qualname__", "a callable")


@contextlib.contextmanager
def _quiet(stage: str, problems: list[str]) -> Iterator[None]:
    """Keep what a plugin prints off the terminal; its first line becomes a problem."""
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            yield
    finally:
        printed = "" if out.closed else out.getvalue().strip()
        if printed:
            lines = scrubbed(printed).splitlines()
            more = f" (lines in all: {len(lines)})" if len(lines) > 1 else ""
            problems.append(f"prints at {stage}: {lines[0][:100]!r}{more}")
