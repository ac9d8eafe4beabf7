"""The commands about plugins: `list-plugins`, `show`, `completion`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import click

from amplify.cli.common import common, complete_component, load_host, print_result
from amplify.contract.errors import PlanError
from amplify.host.factory import described
from amplify.host.info import Registered

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


@click.command("list-plugins")
@JSON
@common
@click.pass_context
def list_plugins(context: click.Context, as_json: bool) -> None:
    """List plugins and their components.

    A plugin that is blocked, incompatible or broken is listed with the reason.
    """
    host = load_host(context, quiet=True)
    if as_json:
        plugins = [
            {
                "name": plugin.name,
                "short": plugin.short,
                "version": plugin.version,
                "state": plugin.state,
                "summary": plugin.summary,
                "problems": plugin.problems,
                "components": plugin.components,
            }
            for plugin in host.plugins
        ]
        _print_json({"plugins": plugins, "problems": host.problems})
        return
    from amplify.report.plugins import print_plugins

    print_plugins(host.plugins, host.registry.components, host.problems)


@click.command()
@click.argument("component", shell_complete=complete_component())
@JSON
@common
@click.pass_context
def show(context: click.Context, component: str, as_json: bool) -> None:
    """Show a component: its options and its environment; or an arm.

    COMPONENT is a bare name ("h-mcs") or one with its plugin ("builtin/h-mcs"). Where components
    of several roles share the name, all are shown. The name of an arm that comes with the toolkit
    ("amplify") shows how a plan would declare it; "arms" lists these arms.
    """
    from amplify.run.plan.presets import ARMS

    host = load_host(context)
    arms = ARMS if component == "arms" else {n: ARMS[n] for n in ARMS if n == component}
    try:
        entries = host.registry.named(component)
    except PlanError:
        if not arms:
            raise
        entries = ()
    if as_json:
        of_arms = [{"role": "arm", "name": name, **arm} for name, arm in arms.items()]
        _print_json([_as_dict(entry) for entry in entries] or of_arms)
        return
    print_declared_arms(arms)
    from amplify.report.plugins import print_component

    for index, entry in enumerate(entries):
        if index or arms:
            print_result()
        print_component(entry, described(entry), _environment(entry))


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    For bash, put `eval "$(amplify completion bash)"` into ~/.bashrc; for zsh the
    same with `zsh` into ~/.zshrc; for fish, write the output to
    ~/.config/fish/completions/amplify.fish.
    """
    from click.shell_completion import get_completion_class

    complete = get_completion_class(shell)
    assert complete is not None
    root = context.find_root().command
    click.echo(complete(root, {}, "amplify", "_AMPLIFY_COMPLETE").source())


def print_declared_arms(arms: Mapping[str, Mapping[str, Any]]) -> None:
    """Print one arm as a plan declares it, or the names of several."""
    import tomli_w  # not needed by list-plugins

    if len(arms) == 1:
        table = {"arms": [{"name": name, **arm} for name, arm in arms.items()]}
        print_result(tomli_w.dumps(table).rstrip())
        return
    for name, arm in arms.items():
        print_result(f"{name}: tests {arm['tests']}" if "tests" in arm else name)


def _print_json(value: Any) -> None:
    import json  # not needed by the tables

    print_result(json.dumps(value, indent=2, default=repr))


def _environment(entry: Registered) -> dict[str, bool]:
    """Whether each variable that the component reads is set; never its value."""
    return {name: bool(os.environ.get(name)) for name in entry.component.env}


def _as_dict(entry: Registered) -> dict[str, Any]:
    component = entry.component
    return {
        "name": component.name,
        "qualified": entry.qualified,
        "role": entry.role,
        "plugin": entry.distribution,
        "summary": component.summary,
        "offers": getattr(component, "offers", ()),
        "needs": getattr(component, "needs", ()),
        "options": [
            {
                "name": info.name,
                "type": info.type,
                "default": info.default,
                "required": info.required,
                "help": info.help,
            }
            for info in described(entry)
        ],
        "environment": {
            name: "set" if is_set else "missing" for name, is_set in _environment(entry).items()
        },
    }
