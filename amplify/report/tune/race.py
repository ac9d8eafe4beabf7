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
from amplify.report.tune.words import exit_cell


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
    exits = {leaving["name"]: leaving for leaving in race["exits"]}
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    table.add_column("contender", overflow="fold")
    for column in ("right", "accuracy", "out"):
        table.add_column(column, justify="right", no_wrap=True)
    order = sorted(race["contenders"], key=lambda c: _place(c, exits))
    for contender in order:
        table.add_row(Text(visible(contender["name"])), *_cells(contender, exits, race))
    console.print(table)
    chosen = race["chosen"]
    if chosen is not None:
        console.print(Text(f"returned: the prompt of {visible(chosen)}", style="bold"))


def _place(contender: Mapping[str, Any], exits: Mapping[str, Any]) -> tuple[float, float]:
    """The order of the table: who stayed longest, then who was best."""
    out = exits.get(contender["name"])
    items = contender["items"] or 1
    stayed = -float("inf") if out is None else -float(out["round"])
    return stayed, -contender["right"] / items


def _cells(
    contender: Mapping[str, Any], exits: Mapping[str, Any], race: Mapping[str, Any]
) -> list[str]:
    if not contender["items"]:
        return ["–", "–", "not asked"]
    out = exits.get(contender["name"])
    accuracy = f"{contender['right'] / contender['items']:.1%}"
    reason = "winner" if contender["name"] == race["winner"] else ""
    if out is not None:
        why = exit_cell(out["reason"], out["items"], race["items"])
        reason = f"round {out['round']}, {why}"
    return [f"{contender['right']}/{contender['items']}", accuracy, reason]
