"""The commands about plugins: `list-plugins`, `show`, `completion`."""

from __future__ import annotations

import os
from typing import Any

import click

from amplify.cli.common import common, complete_component, load_host, say
from amplify.host.factory import described
from amplify.host.info import Registered

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


@click.command("list-plugins")
@JSON
@common
@click.pass_context
def list_plugins(context: click.Context, as_json: bool) -> None:
    """List plugins and their components.

    A plugin that is blocked, incompatible or broken stands in the list with the cause.
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

    print_plugins(host.plugins, host.problems)


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
    found = host.registry.named(component)
    if as_json:
        _print_json([_as_dict(one) for one in found])
        return
    from amplify.report.plugins import print_component

    for index, one in enumerate(found):
        if index:
            say()
        print_component(one, described(one), _environment(one))


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    For bash, put `eval "$(amplify completion bash)"` into ~/.bashrc; for zsh the like into
    ~/.zshrc; for fish, write the output to ~/.config/fish/completions/amplify.fish.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    root = context.find_root().command
    click.echo(kind(root, {}, "amplify", "_AMPLIFY_COMPLETE").source())


def _print_json(value: Any) -> None:
    import json  # the tables do without

    say(json.dumps(value, indent=2, default=repr))


def _environment(found: Registered) -> dict[str, bool]:
    """Whether each variable that the component reads is set; never what it holds."""
    return {name: bool(os.environ.get(name)) for name in found.component.env}


def _as_dict(found: Registered) -> dict[str, Any]:
    component = found.component
    return {
        "name": component.name,
        "qualified": found.qualified,
        "role": found.role,
        "plugin": found.distribution,
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
            for info in described(found)
        ],
        "environment": {
            name: "set" if given else "missing" for name, given in _environment(found).items()
        },
    }
