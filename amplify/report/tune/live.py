"""Shows a race while it goes on: a table on a terminal, lines for each round elsewhere."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from amplify.contract.guard.visible import visible
from amplify.loop.race.race import Exit
from amplify.report.progress import Phases
from amplify.report.tune.words import exit_cell, lap_words, round_lines
from amplify.run.tune.course import Lap

ROWS = 12
"""How many contenders the table shows: the leading ones, then those that went out last."""


class RaceDisplay:
    """Shows each round of a race when it has ended; it is the race's `Watch`."""

    def __init__(self, phases: Phases) -> None:
        """`phases` show the progress, above which a terminal has the table."""
        self.phases = phases

    def __call__(self, lap: Lap) -> None:
        if self.phases.console.is_terminal:
            self.phases.pin(lap_table(lap))
            return
        for line in round_lines(lap):
            self.phases.console.print(Text(line), highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take the table away: the report has the whole race."""
        self.phases.pin(None)


def lap_table(lap: Lap) -> Table:
    """The race after a round: who leads, who is out and why, and what may still be asked."""
    race = lap.race
    table = Table(
        title=Text(lap_words(lap)), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    table.add_column("contender", overflow="ellipsis", no_wrap=True)
    for head in ("right", "accuracy", "behind", ""):
        table.add_column(head, justify="right", no_wrap=True)
    last = race.rounds[-1]
    for standing in last.standings:
        if standing.name in race.surviving and table.row_count < ROWS:
            share = f"{standing.right / last.total:.1%}"
            behind = f"{100 * standing.behind:.1f}"
            cells = f"{standing.right}/{last.total}", share, behind, ""
            table.add_row(Text(visible(standing.name)), *cells)
    for leaving in reversed(race.exits):
        if table.row_count < ROWS:
            cells = _exit_cells(leaving, race.items)
            table.add_row(Text(visible(leaving.name)), *cells, style="dim")
    return table


def _exit_cells(leaving: Exit, items: int | None) -> tuple[str, str, str, str]:
    behind = f"{100 * leaving.behind:.1f}"
    why = exit_cell(leaving.reason, leaving.items, items)
    return "", "", behind, f"out in round {leaving.round}, {why}"
