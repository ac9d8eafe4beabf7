"""Print a study on the console: each section of its report as a table and lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from amplify.contract.guard.visible import visible
from amplify.report.study.sections import sections


def print_study(record: Mapping[str, Any], console: Console) -> None:
    """Print every section of a study's `record`: its title, its table, its lines."""
    console.print(Text(visible(record["title"] or record["study"]), style="bold"))
    for title, lines, heads, body in sections(record):
        console.print()
        console.print(Text(visible(title), style="bold"))
        if heads:
            _print_table(heads, body, console)
        for line in lines:
            console.print(Padding(Text(visible(line)), (0, 0, 0, 2)))


def _print_table(heads: Sequence[str], body: Sequence[Sequence[str]], console: Console) -> None:
    """Print a table; where it is wider than the console, print a line for each row instead.

    `heads` are the names of its columns, `body` its rows. A column of dashes or zeros is left out.
    """
    kept = [i for i in range(len(heads)) if any(row[i] not in ("–", "", "0") for row in body)]
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    for index in kept:
        numbers = index and all(len(row[index]) <= 16 for row in body)
        table.add_column(
            Text(visible(heads[index])), no_wrap=True, justify="right" if numbers else "left"
        )
    for row in body:
        table.add_row(*(Text(visible(row[index])) for index in kept))
    if (
        table.__rich_measure__(console, console.options.update(width=10_000)).maximum
        <= console.width
    ):
        console.print(table)
        return
    for row in body:
        first, *rest = kept
        cells = [f"{heads[i]} {row[i]}" for i in rest if row[i] not in ("–", "")]
        console.print(Padding(Text(visible(f"{row[first]}: {', '.join(cells)}")), (0, 0, 0, 2)))
