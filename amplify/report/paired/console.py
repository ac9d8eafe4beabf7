"""Print what differs between two runs, and what that changed."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amplify.contract.guard.visible import visible
from amplify.report.paired.rows import (
    ARM_HEADS,
    SETTING_HEADS,
    paired_arm_rows,
    setting_rows,
    summary,
)
from amplify.report.run import NARROW
from amplify.run.paired.pair import PairedArm, PairedRuns

MOST_ITEMS, LONGEST, MOST_LINES = 5, 60, 20
"""How many items are listed that were fixed, or broken, the letters of an answer that are shown,
and the lines of a difference of prompts."""


def print_paired(paired: PairedRuns, console: Console) -> None:
    """Print the arms, what differs in plan and prompts, and items whose answers changed.

    Prompts and items are those of one arm, the focus of the first run if the second has it too.
    """
    first, second = (visible(run.folder) for run in (paired.first, paired.second))
    console.print(Text(f"first run:  {first}\nsecond run: {second}", style="bold"))
    for line in summary(paired):
        console.print(Text(visible(line)))
    _print_table(ARM_HEADS, paired_arm_rows(paired), console)
    if paired.settings:
        console.print(Text("what differs in plan, LLM and versions", style="bold"))
        _print_table(SETTING_HEADS, setting_rows(paired), console)
    changed = [f"{a.name} {a.prompts.changed:,} of {a.prompts.prompts:,}" for a in paired.arms]
    console.print(Text(visible(f"prompts that differ: {', '.join(changed)}")))
    arm = paired.focus
    if arm.prompts.lines:
        _print_prompt(arm, console)
    for kind in ("fixed", "broken"):
        _print_items(arm, kind, console)
    console.print(Text("all of it: --format json, or a page: --format html -o FILE", style="dim"))


def _print_prompt(arm: PairedArm, console: Console) -> None:
    """Print how the prompt of an item differs."""
    item = visible(arm.prompts.item)
    console.print(Text(f"\nthe prompt of {visible(arm.name)} for item {item}", style="bold"))
    for line in arm.prompts.lines[:MOST_LINES]:
        style = {"+": "green", "-": "red"}.get(line[:1], "dim")
        console.print(Text(f"  {visible(line)}", style=style))
    if len(arm.prompts.lines) > MOST_LINES:
        console.print(Text("  …", style="dim"))


def _print_items(arm: PairedArm, kind: str, console: Console) -> None:
    """Print the first items of an arm that were fixed, or broken."""
    changes = [change for change in arm.answers if change.kind == kind]
    if not changes:
        return
    shown = f", the first {MOST_ITEMS}" if len(changes) > MOST_ITEMS else ""
    head = f"\n{len(changes):,} {kind} in {visible(arm.name)}{shown}"
    console.print(Text(head, style="bold"))
    for change in changes[:MOST_ITEMS]:
        first, second = (_short(each.answer) for each in (change.first, change.second))
        draw = f", draw {change.first.draw}" if change.first.draw else ""
        where = f"{visible(change.first.item)}{draw} ({visible(change.first.label)})"
        console.print(Text(f"  {where}: {first} → {second}"))


def _short(answer: str | None) -> str:
    shown = "no answer" if answer is None else visible(answer)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"


def broken_at_dots(key: str, width: int) -> str:
    """The key in lines of at most so many characters, which end at its dots where they can."""
    lines = [""]
    for part in key.replace(".", ".\n").split("\n"):
        if lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _print_table(heads: Sequence[str], body: Sequence[Sequence[str]], console: Console) -> None:
    """Print a table; the figures of arms, where the console is too narrow, as a line for each."""
    figures = heads is ARM_HEADS
    if figures and console.width < NARROW:
        for name, *cells in body:
            pairs = zip(heads[1:], cells, strict=True)
            values = ", ".join(f"{head} {cell}" for head, cell in pairs)
            console.print(Text(f"{visible(name)}: {visible(values)}"))
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(Text(heads[0]), overflow="fold", no_wrap=figures)
    for head in heads[1:]:
        if figures:
            table.add_column(Text(head), justify="right", no_wrap=True)
        else:
            table.add_column(Text(head), overflow="fold")
    for row in body:
        name, *cells = map(visible, row)
        name = name if figures else broken_at_dots(name, console.width // 3)
        table.add_row(*map(Text, (name, *cells)))
    console.print(table)
