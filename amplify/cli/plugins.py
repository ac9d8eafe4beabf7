"""The commands about plugins: `list-plugins`, `show`, `completion`."""

from __future__ import annotations

import os
from typing import Any

import click

from amplify.cli.common import common, complete_component, load_host, print_result
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
    """Show a component: its options and its environment.

    COMPONENT is a bare name ("h-mcs") or one with its plugin ("builtin/h-mcs"). Where components
    of several roles share the name, all are shown.
    """
    host = load_host(context)
    entries = host.registry.named(component)
    if as_json:
        _print_json([_as_dict(entry) for entry in entries])
        return
    from amplify.report.plugins import print_component

    for index, entry in enumerate(entries):
        if index:
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
