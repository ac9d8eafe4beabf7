"""Print a race: each round as it ends, and how it came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amplify.contract.guard.visible import visible
from amplify.loop.race.race import Exit
from amplify.run.tune.course import Lap

SHOWN = 5
"""How many contenders are shown of those that lead, and of those that went out."""


def round_printer(console: Console) -> Callable[[Lap], None]:
    """What prints each round of a race on the console when it has ended."""

    def print_round(lap: Lap) -> None:
        for line in round_lines(lap):
            console.print(Text(line), highlight=False)

    return print_round


def round_lines(lap: Lap) -> list[str]:
    """A round in lines: who leads, who is out and why, and what may still be asked."""
    race = lap.race
    last = race.rounds[-1]
    right = {standing.name: standing.right for standing in last.standings}
    leading = ", ".join(
        f"{visible(name)} {right[name] / last.total:.1%}" for name in race.surviving[:SHOWN]
    )
    more = len(race.surviving) - SHOWN
    budget = "" if lap.calls_left is None else f", {lap.calls_left:,} calls left for the race"
    lines = [
        f"round {last.number}: {last.total}/{lap.validation} items, {len(race.surviving)} of"
        f" {len(lap.contenders)} contenders left{budget}",
        f"  ahead: {leading}" + (f" and {more} more" if more > 0 else ""),
    ]
    out = [of_race for of_race in race.exits if of_race.round == last.number]
    lines += [f"  out: {exit_words(of_race)}" for of_race in out[:SHOWN]]
    if len(out) > SHOWN:
        lines.append(f"  out: {len(out) - SHOWN} more")
    return lines


def exit_words(of_race: Exit) -> str:
    """Who went out of a race, and why."""
    behind = f"{visible(of_race.name)}, {100 * of_race.behind:.1f} points behind the leader"
    if of_race.reason == "bound":
        return f"{behind}, and shown to be worse than the best"
    if of_race.reason == "halved":
        return f"{behind}, not among the better half (nothing is shown of it)"
    return f"{behind}, as the calls of the race were used (nothing is shown of it)"


def print_race(race: Mapping[str, Any], console: Console) -> None:
    """Print how a race came out; `race` is the record's section on it."""
    rounds = len(race["rounds"])
    head = (
        f"race: {len(race['contenders'])} contenders"
        + (f" of {race['space']}" if race["space"] > len(race["contenders"]) else "")
        + f", {race['total']} of {race['validation']} validation items in {rounds} rounds,"
        f" {race['calls']:,} requests"
    )
    console.print(Text(head, style="bold"))
    exits = {of_race["name"]: of_race for of_race in race["exits"]}
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
        console.print()


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
        words = {"bound": "shown worse", "halved": "halved", "budget": "calls used"}
        reason = f"round {out['round']}, {words[out['reason']]}"
    return [f"{contender['right']}/{contender['items']}", accuracy, reason]
