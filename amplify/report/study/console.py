"""Print a study on the console: each section of its report as lines and tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from amplify.contract.guard.visible import visible
from amplify.report.fitting_tables import fitting_tables
from amplify.report.parts import OF_A_STUDY
from amplify.report.study.sections import sections


def print_study(record: Mapping[str, Any], console: Console, show: Collection[str]) -> None:
    """Print every section of a study's `record`: its title, its lines, its table.

    `show` names parts that are shown on request alone.
    """
    console.print(Text(visible(record["title"] or record["study"]), style="bold"))
    left_out = set()
    for section in sections(record):
        parts = {"verdict": section.details, "notes": section.notes}
        left_out |= {part for part, lines in parts.items() if lines and part not in show}
        console.print()
        console.print(Text(visible(section.title), style="bold"))
        for line in section.lines:
            console.print(Padding(Text(visible(line)), (0, 0, 0, 2)))
        if section.heads:
            for table in fitting_tables(section.heads, section.body, console.width):
                console.print(table)
        for line in section.details if "verdict" in show else ():
            console.print(Padding(Text(visible(line)), (0, 0, 0, 2)))
        for note in section.notes if "notes" in show else ():
            words = Text(visible(f"note: {note}"), style="yellow")
            console.print(Padding(words, (0, 0, 0, 2)))
    if left_out:
        console.print()
        parts_left = ",".join(part for part in OF_A_STUDY if part in left_out)
        console.print(Text(f"more: --show {parts_left}", style="dim"))
