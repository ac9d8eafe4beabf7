"""Says in lines how a race stands after a round, and why contenders went."""

from __future__ import annotations

from amplify.contract.grammar import counted
from amplify.contract.guard.visible import visible
from amplify.loop.race.race import Exit
from amplify.run.tune.course import Lap

SHOWN = 5
"""How many contenders a line names of those that lead, and of those that went out."""

EXITS = {"bound": "shown worse", "halved": "halved", "budget": "calls used"}
"""Why contenders went, in a table."""

ON_ALL_ITEMS = "behind on all items"
"""Why those went, in a table, that were asked all validation items and had fewer right."""


def lap_words(lap: Lap) -> str:
    """How far the race is, in a line."""
    race = lap.race
    last = race.rounds[-1]
    budget = (
        "" if lap.calls_left is None else f", {counted(lap.calls_left, 'call')} left for the race"
    )
    return (
        f"round {last.number}: {last.total}/{counted(lap.validation, 'item')},"
        f" {len(race.surviving)} of"
        f" {counted(len(lap.contenders), 'contender')} left{budget}"
    )


def round_lines(lap: Lap) -> list[str]:
    """A round in lines: who leads, who is out and why, and what may still be asked."""
    race = lap.race
    last = race.rounds[-1]
    right = {standing.name: standing.right for standing in last.standings}
    leading = ", ".join(
        f"{visible(name)} {right[name] / last.total:.1%}" for name in race.surviving[:SHOWN]
    )
    more = len(race.surviving) - SHOWN
    lines = [lap_words(lap), f"  ahead: {leading}" + (f" and {more} more" if more > 0 else "")]
    out = [leaving for leaving in race.exits if leaving.round == last.number]
    lines += [f"  out: {exit_words(leaving, race.items)}" for leaving in out[:SHOWN]]
    if len(out) > SHOWN:
        lines.append(f"  out: {len(out) - SHOWN} more")
    return lines


def exit_cell(reason: str, items: int, every: int | None) -> str:
    """Why a contender went, in a table: it was asked so many `items` of `every` one."""
    return ON_ALL_ITEMS if reason == "bound" and items == every else EXITS[reason]


def exit_words(leaving: Exit, items: int | None) -> str:
    """Who went out of a race, and why; `items` are all that there are."""
    behind = f"{visible(leaving.name)}, {100 * leaving.behind:.1f} points behind the leader"
    if leaving.reason == "bound" and leaving.items == items:
        return f"{behind} on all validation items (nothing is shown of it on others)"
    if leaving.reason == "bound":
        return f"{behind}, and shown to be worse than the best on the validation items"
    if leaving.reason == "halved":
        return f"{behind}, not among the better half (nothing is shown of it)"
    return f"{behind}, as the calls of the race were used (nothing is shown of it)"
