"""What a run would do, on the console."""

from __future__ import annotations

import tomli_w
from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from amplify.report.text import visible
from amplify.run.estimate import Estimate


def print_estimate(estimate: Estimate, console: Console) -> None:
    """The resolved plan, the phases with calls and tokens, one prompt."""
    console.print(Syntax(tomli_w.dumps(estimate.plan.table()), "toml", background_color="default"))
    for note in estimate.task.notes:
        console.print(Text("note: " + visible(note), style="yellow"))
    about = "" if estimate.counted else "about "
    table = Table(header_style="bold")
    table.add_column("phase")
    for name in ("calls", "prompt tokens", "reply tokens, at most"):
        table.add_column(name, justify="right")
    for phase in estimate.phases:
        table.add_row(
            Text(visible(phase.name)),
            f"{phase.calls:,}",
            f"{about}{phase.tokens:,}",
            f"{phase.most_output:,}",
        )
    table.add_section()
    table.add_row(
        "total",
        f"{sum(p.calls for p in estimate.phases):,}",
        f"{about}{sum(p.tokens for p in estimate.phases):,}",
        f"{sum(p.most_output for p in estimate.phases):,}",
    )
    console.print(table)
    title = f"one prompt of arm {visible(estimate.arm)}"
    if estimate.stand_ins:
        title += " (random items and words stand in for those that the run will choose)"
    lines = "\n".join(visible(line) for line in estimate.prompt.text.split("\n"))
    console.print(Panel(Text(lines), title=Text(title)))
