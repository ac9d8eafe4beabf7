"""Print the installed plugins as a table, and one component in full."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from amplify.contract.guard.visible import visible
from amplify.contract.options import OptionInfo
from amplify.host.info import PluginInfo, Registered
from amplify.report.console import wide
from amplify.report.result_stream import result_stream

STYLES = {"loaded": "green", "blocked": "yellow", "incompatible": "red", "failed": "red"}


def print_plugins(
    plugins: Sequence[PluginInfo], problems: Sequence[str], console: Console | None = None
) -> None:
    """Print a row for each plugin, and below the table the problems of each.

    `problems` are those that belong to no plugin; `console` is that on stdout unless it is given.
    """
    console = console or wide(result_stream(), highlight=False)
    table = Table("Plugin", "Version", "State", "Components")
    for plugin in plugins:
        roles = Text("\n").join(
            Text.assemble((f"{role}: ", "dim"), visible(", ".join(names)))
            for role, names in plugin.components.items()
        )
        table.add_row(
            Text(visible(plugin.name)),
            Text(visible(plugin.version)),
            Text(plugin.state, STYLES[plugin.state]),
            roles if plugin.components else Text(visible(plugin.summary), "dim"),
        )
    console.print(table)
    for plugin in plugins:
        for problem in plugin.problems:
            console.print(Text(f"{visible(plugin.name)}: {visible(problem)}"), soft_wrap=True)
    for problem in problems:
        console.print(Text(visible(problem)), soft_wrap=True)


def print_component(
    entry: Registered,
    options: Sequence[OptionInfo],
    env: dict[str, bool],
    console: Console | None = None,
) -> None:
    """Print a component's summary, what it needs and offers, its options and its environment.

    `env` says of each variable that the component reads whether it is set; `console` is that on
    stdout unless it is given.
    """
    console = console or wide(result_stream(), highlight=False)
    console.print(Text.assemble((entry.qualified, "bold"), f" ({entry.role})"), soft_wrap=True)
    console.print(Text(visible(entry.component.summary)), soft_wrap=True)
    console.print(Text(f"plugin: {visible(entry.distribution)}"), soft_wrap=True)
    for attribute in ("offers", "needs"):
        if words := getattr(entry.component, attribute, ()):
            console.print(Text(f"{attribute}: {', '.join(words)}"))
    if options:
        console.print(_options_table(options))
    else:
        console.print("It takes no options.")
    for name, is_set in env.items():
        state = ("set", "green") if is_set else ("missing", "yellow")
        console.print(Text.assemble(f"environment: {visible(name)} is ", state))


def _options_table(options: Sequence[OptionInfo]) -> Table:
    heads = ("Option", "Type", "Default", "Meaning")
    table = Table(*(Column(head, overflow="fold") for head in heads))
    for info in options:
        default = Text("required", "yellow") if info.required else Text(visible(repr(info.default)))
        table.add_row(
            Text(visible(info.name)), Text(visible(info.type)), default, Text(visible(info.help))
        )
    return table
