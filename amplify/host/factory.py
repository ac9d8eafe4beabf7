"""From a declaration to a live component: import its factory, convert its options, call it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, metadata
from typing import TYPE_CHECKING, Any

from amplify.contract.errors import OptionError, PluginError
from amplify.contract.guard.brief import cause
from amplify.contract.guard.calling import passes
from amplify.contract.guard.origin import Origin, package_of
from amplify.contract.options import OptionInfo, convert, describe, options_class
from amplify.host.discover import CORE, normalise
from amplify.host.info import Registered

if TYPE_CHECKING:
    from amplify.contract.context import Context


def resolve(registered: Registered) -> Callable[..., Any]:
    """The factory of a component, imported where it is given as a dotted path.

    Raises PluginError naming the plugin and the cause; for a missing package also how to install
    it, where the plugin's metadata tells.
    """
    factory = registered.component.factory
    if not isinstance(factory, str):
        return factory
    module_name, _, path = factory.partition(":")
    with _building(registered, factory, f"cannot import {factory!r}"):
        target: Any = importlib.import_module(module_name)
        for part in path.split("."):
            target = getattr(target, part)
    if not callable(target):
        raise PluginError(
            f"{factory!r} is not callable", where=place(registered), origin=origin_of(registered)
        )
    return target  # type: ignore[no-any-return]  # callable() narrows Any to a callable


def build(
    registered: Registered, values: Mapping[str, Any], context: Context, where: str = ""
) -> Any:
    """The live component: its factory called with its typed options and `context`.

    `values` are the options as TOML values or as text; `where` is what an error about one of them
    names (a plan key, a flag), the component by default. Raises OptionError for them, PluginError
    for a factory that cannot be imported or fails.
    """
    options = options_of(registered, values, where)
    factory = resolve(registered)
    with _building(registered, "its factory", "cannot be built"):
        return factory(options, context)


def options_of(registered: Registered, values: Mapping[str, Any], where: str = "") -> Any:
    """The options record of a component, None for one that takes no options.

    Imports nothing but the options themselves, so that a plan can be checked before anything heavy
    is loaded.
    """
    where = where or place(registered)
    try:
        options = options_class(registered.component.options)
        if options is not None:
            return convert(options, values, where)
    except BaseException as error:
        if passes(error, origin_of(registered)):
            raise
        raise _unreadable(registered, error) from error
    if values:
        raise OptionError(
            f"{registered.qualified} takes no options; got {', '.join(values)}", where=where
        )
    return None


def described(registered: Registered) -> list[OptionInfo]:
    """The options of a component, for listings; PluginError where they cannot be read."""
    try:
        return describe(registered.component.options)
    except BaseException as error:
        if passes(error, origin_of(registered)):
            raise
        raise _unreadable(registered, error) from error


def origin_of(
    registered: Registered, arms: tuple[str, ...] = (), component: object = None
) -> Origin:
    """The origin of a component: its plugin, and the `arms` that use it.

    `component` is the live component, where there is one.
    """
    factory = registered.component.factory
    home = factory if isinstance(factory, str) else str(getattr(factory, "__module__", ""))
    modules = {package_of(home.partition(":")[0])}
    if component is not None:
        modules.add(package_of(str(type(component).__module__)))
    return Origin(
        registered.role,
        registered.qualified,
        registered.distribution,
        registered.version,
        arms,
        tuple(sorted(modules - {"", "builtins"})),
    )


@contextmanager
def _building(registered: Registered, what: str, failure: str) -> Iterator[None]:
    """Guards the import or the call of a factory; `what` is named where a package is missing."""
    origin = origin_of(registered)
    try:
        yield
    except ModuleNotFoundError as error:
        raise _missing(registered, what, error) from error
    except BaseException as error:
        if passes(error, origin):
            raise
        at = origin.raised_at(error.__traceback__)
        raise PluginError(
            f"{failure}: {cause(error)}",
            where=place(registered),
            hint=f"plugin {origin.plugin} {origin.version}" + (f", at {at}" if at else ""),
            origin=origin,
        ) from error


def place(registered: Registered) -> str:
    """A component as errors name it, e.g. "explainer captum/input-x-gradient"."""
    return f"{registered.role} {registered.qualified}"


def _unreadable(registered: Registered, error: BaseException) -> PluginError:
    return PluginError(f"its options cannot be read: {cause(error)}", where=place(registered))


def _missing(registered: Registered, what: str, error: ModuleNotFoundError) -> PluginError:
    missing = error.name or ""
    line = _install_line(registered.distribution, missing.partition(".")[0])
    return PluginError(
        f"cannot import {what!r} of plugin {registered.distribution}: no module named {missing!r}",
        where=place(registered),
        hint=f"Install it: {line}" if line else "",
    )


def _install_line(distribution: str, module: str) -> str:
    """The pip command that brings `module`, "" where the plugin's metadata names no such package.

    A package that only an extra asks for is installed by way of that extra.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    name = CORE if distribution == "builtin" else distribution
    try:
        described = metadata(name)
    except PackageNotFoundError:
        return ""
    for line in described.get_all("Requires-Dist") or []:
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue
        if normalise(wanted.name) != normalise(module):
            continue
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            return f'pip install "{wanted.name}{wanted.specifier}"'
        for extra in described.get_all("Provides-Extra") or []:
            if wanted.marker.evaluate({"extra": extra}):
                return f'pip install "{name}[{extra}]"'
    return ""
