"""Sends events of a run to its observers, so that none of them can change the run."""

from __future__ import annotations

import contextlib
import copy
import sys
from typing import TYPE_CHECKING

from amplify.contract.guard.brief import cause
from amplify.host.admit import plugin_caller
from amplify.host.contain import Containment, Interrupts, Running, Tell, Watchdog
from amplify.host.contain.watched import package_of_code
from amplify.host.discover import shorten

if TYPE_CHECKING:
    import pluggy

    from amplify.contract.data import Event


def observe(
    manager: pluggy.PluginManager, event: Event, tell: Tell | None, lasting: list[Running]
) -> tuple[str, ...]:
    """Tell each plugin's observer of a copy of `event`; what went wrong with which.

    What an observer prints goes to stderr. What it changes in the process is put back. `tell`
    hears of one that does not come back; what it leaves running is added to `lasting`.
    """
    watching = {
        name: caller
        for name, plugin in manager.list_name_plugin()
        if (caller := plugin_caller(manager, "amplify_event", plugin)).get_hookimpls()
    }
    if not watching:
        return ()
    problems: list[str] = []
    interrupts = Interrupts()
    with interrupts.noticed(), Watchdog(tell) as watchdog, Containment() as containment:
        for name, caller in watching.items():
            package = package_of_code(caller.get_hookimpls()[0].function)
            changes: list[str] = []
            try:
                with (
                    interrupts.named(name, shorten(name)),
                    watchdog.waiting(f"the observer of {name}", name),
                    containment.around(package, changes),
                    contextlib.redirect_stdout(sys.stderr),
                ):
                    caller(event=copy.deepcopy(event))
            except BaseException as error:  # noqa: BLE001  # a plugin may raise anything
                interrupts.raise_if_the_users(error)
                changes.insert(0, f"fails on {event.kind!r}: {cause(error)}")
            problems += (f"observer of {name} {change}" for change in changes)
        lasting += containment.left_running.lasting
    return tuple(problems)
