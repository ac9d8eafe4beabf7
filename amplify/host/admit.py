"""Admits one plugin or isolates it: whatever it does wrong stays one line of the listing."""

from __future__ import annotations

import contextlib
import difflib
import inspect
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pluggy

from amplify.contract.brief import cause
from amplify.contract.components import Component
from amplify.contract.hookspecs import ROLE_HOOKS
from amplify.contract.secret import scrubbed
from amplify.host.discover import Found
from amplify.host.info import Registered
from amplify.host.records import fault

HOOKS = (*ROLE_HOOKS.values(), "amplify_event")
MOST = 1000
"""More components than this of one hook are taken for an iterator that never ends."""


class Refused(Exception):
    """A plugin that is not admitted, and why."""


def admit(manager: pluggy.PluginManager, found: Found, problems: list[str]) -> list[Registered]:
    """The components of a plugin, now registered with `manager`.

    What is odd about it is added to `problems`. Raises Refused, with nothing of the plugin left
    in `manager`, where it cannot be loaded or breaks the contract.
    """
    with _quiet("import", problems):
        plugin = _load(found)
    problems += _check_names(manager, plugin)
    try:
        manager.register(plugin, name=found.name)
    except pluggy.PluginValidationError as error:
        raise Refused(str(error).replace("\n", " ").strip()) from None
    except ValueError:
        raise Refused(f"{found.entry.value} is already another distribution's plugin") from None
    try:
        with _quiet("declaration", problems):
            return _declared(manager, plugin, found)
    except BaseException:
        manager.unregister(plugin)
        raise


def alone(manager: pluggy.PluginManager, hook: str, plugin: object) -> pluggy.HookCaller:
    """The caller of `hook` on `plugin` and no other."""
    return manager.subset_hook_caller(hook, [p for p in manager.get_plugins() if p is not plugin])


def _load(found: Found) -> Any:
    try:
        plugin = found.entry.load()
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit):
            raise Refused(f"import of {found.entry.value} calls sys.exit({error.code!r})") from None
        raise Refused(f"import of {found.entry.value} fails: {cause(error)}") from error
    if plugin is None:
        raise Refused(f"entry point {found.entry.value} is None")
    return plugin


def _check_names(manager: pluggy.PluginManager, plugin: Any) -> list[str]:
    """Problems of the names of a plugin's functions; raises Refused for a misspelt hook."""
    problems, hooks = [], 0
    for name in dir(plugin):
        marked = manager.parse_hookimpl_opts(plugin, name)
        if marked is None:
            if name.startswith("amplify_") and inspect.isroutine(
                inspect.getattr_static(plugin, name, None)
            ):
                problems.append(f"function {name} is not marked @hookimpl: it is never called")
            continue
        hook = marked.get("specname") or name
        if hook not in HOOKS:
            near = difflib.get_close_matches(hook, HOOKS, n=1, cutoff=0.5)
            suggestion = f"; did you mean {near[0]}?" if near else f"; hooks: {', '.join(HOOKS)}"
            raise Refused(f"there is no hook {hook}{suggestion}")
        if marked.get("wrapper") or marked.get("hookwrapper"):
            raise Refused(f"{name} is a wrapper: hooks here return declarations, none is wrapped")
        hooks += 1
    if not hooks:
        problems.append("declares nothing: no function of it is marked @hookimpl")
    return problems


def _declared(manager: pluggy.PluginManager, plugin: object, found: Found) -> list[Registered]:
    """The components that all of the plugin's hooks declare, each iterator run to its end."""
    declared: list[Registered] = []
    for role, hook in ROLE_HOOKS.items():
        taken: dict[str, Component] = {}
        for record in _records(manager, plugin, hook):
            wrong = fault(role, record)
            if wrong:
                raise Refused(f"{hook}: {wrong}")
            if record.name in taken:
                raise Refused(
                    f"{hook}: two components are named {record.name!r}:"
                    f" {_factory(taken[record.name])} and {_factory(record)}"
                )
            taken[record.name] = record
        declared += [
            Registered(record, found.short, found.name, found.version) for record in taken.values()
        ]
    return declared


def _records(manager: pluggy.PluginManager, plugin: object, hook: str) -> list[Any]:
    caller = alone(manager, hook, plugin)
    implementations = len(caller.get_hookimpls())
    try:
        results = caller()
        if len(results) < implementations:
            raise Refused(f"{hook} returns None, not an iterable of components")
        records: list[Any] = []
        # pluggy calls the last function first; the listing keeps the order of writing.
        for result in reversed(results):
            if isinstance(result, str | bytes) or not hasattr(result, "__iter__"):
                raise Refused(f"{hook} returns {type(result).__name__}, not an iterable")
            records += islice(result, MOST + 1)
    except Refused:
        raise
    except (Exception, SystemExit) as error:
        raise Refused(f"{hook} fails: {cause(error)}") from error
    if len(records) > MOST:
        raise Refused(f"{hook} yields more than {MOST} components")
    return records


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
        lines = scrubbed(out.getvalue()).strip().splitlines()
        if lines:
            more = f" (lines in all: {len(lines)})" if len(lines) > 1 else ""
            problems.append(f"prints at {stage}: {lines[0][:100]!r}{more}")
