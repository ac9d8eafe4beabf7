"""Print how a race came out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amplify.contract.grammar import counted
from amplify.contract.guard.visible import visible
from amplify.report.tune.ends import race_ends


def print_race(race: Mapping[str, Any], console: Console) -> None:
    """Print how a race came out; `race` is the record's section on it."""
    rounds = len(race["rounds"])
    head = (
        f"race: {counted(len(race['contenders']), 'contender')}"
        + (f" of {race['space']}" if race["space"] > len(race["contenders"]) else "")
        + f", {race['total']} of {counted(race['validation'], 'validation item')} in"
        f" {counted(rounds, 'round')}, {counted(race['requests'], 'request')}"
    )
    console.print(Text(head, style="bold"))
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("contender", overflow="fold")
    for column in ("right", "accuracy", "out"):
        table.add_column(column, justify="right", no_wrap=True)
    for contender, end in race_ends(race):
        table.add_row(Text(visible(contender["name"])), *_right(contender), end)
    console.print(table)
    chosen = race["chosen"]
    if chosen is not None:
        console.print(Text(f"returned: the prompt of {visible(chosen)}", style="bold"))


def _right(contender: Mapping[str, Any]) -> tuple[str, str]:
    """How many items a contender got right, as a count and as a share."""
    if not contender["items"]:
        return "–", "–"
    return (
        f"{contender['right']}/{contender['items']}",
        f"{contender['right'] / contender['items']:.1%}",
    )
