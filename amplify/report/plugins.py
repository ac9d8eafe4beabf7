"""Print the installed plugins with their components, and one component in full."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Column, Table
from rich.text import Text

from amplify.contract.component import ROLES
from amplify.contract.guard.visible import visible
from amplify.contract.options import OptionInfo
from amplify.host.info import PluginInfo, Registered
from amplify.report.console import wide
from amplify.report.result_stream import result_stream

ROLE_WIDTH, NAME_WIDTH = max(map(len, ROLES)), 18
"""The least widths of columns, so that those of all plugins stand below each other."""

STYLES = {"loaded": "green", "blocked": "yellow", "incompatible": "red", "failed": "red"}


def print_plugins(
    plugins: Sequence[PluginInfo],
    components: Sequence[Registered],
    problems: Sequence[str],
) -> None:
    """Print each plugin with its state and the components that it has, a line for each of them.

    `components` are those of all plugins, `problems` those that belong to no plugin.
    """
    console = wide(result_stream(), highlight=False)
    for plugin in plugins:
        head = Text.assemble(
            (visible(plugin.name), "bold"),
            f" {visible(plugin.version)} ",
            (plugin.state, STYLES[plugin.state]),
        )
        console.print(head.append(f"  {visible(plugin.summary)}", "dim"))
        for problem in plugin.problems:
            text = f"  {visible(plugin.name)}: {visible(problem)}"
            console.print(Text(text, "red"), soft_wrap=True)
        of_plugin = [each for each in components if each.distribution == plugin.name]
        if of_plugin:
            console.print(_components_table(of_plugin))
        console.print()
    for problem in problems:
        console.print(Text(visible(problem)), soft_wrap=True)
    console.print(Text("amplify show NAME: a component's options", style="dim"))


def _components_table(components: Sequence[Registered]) -> Table:
    """The components of a plugin, role by role, with what each of them is."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(min_width=ROLE_WIDTH + 2, no_wrap=True)
    table.add_column(min_width=NAME_WIDTH, overflow="fold")
    table.add_column()
    before = ""
    for each in components:
        role = "" if each.role == before else f"  {each.role}"
        before = each.role
        name, summary = (visible(text) for text in (each.component.name, each.component.summary))
        table.add_row(Text(role, "dim"), Text(name), Text(summary, "dim"))
    return table


def print_component(
    entry: Registered,
    options: Sequence[OptionInfo],
    env: dict[str, bool],
) -> None:
    """Print a component's summary, what it needs and offers, its options and its environment.

    `env` says of each variable that the component reads whether it is set.
    """
    console = wide(result_stream(), highlight=False)
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
