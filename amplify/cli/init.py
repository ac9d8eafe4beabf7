"""The command `init`: write a plan for a data file, with comments, to be edited."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amplify.cli.common import common, home_path, load_host, print_result
from amplify.cli.data_file import settled
from amplify.cli.messages import print_message
from amplify.cli.output_file import check_new, plan_file_options, write_output
from amplify.contract.errors import PlanError
from amplify.contract.grammar import counted
from amplify.contract.guard.paths import there
from amplify.contract.guard.visible import shell_word, visible
from amplify.run.plan.data_path import is_data, overrides_of_data
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import read_plan

if TYPE_CHECKING:
    from amplify.contract.data import Task

CLASSES = 10
"""So many classes are printed with their counts."""


@click.command()
@click.argument("data", metavar="DATA", type=click.Path(path_type=Path), callback=home_path)
@plan_file_options()
@click.option(
    "-o",
    "sets",
    multiple=True,
    metavar="task.KEY=VALUE",
    help="Say what would be guessed, e.g. task.label=stars; may be repeated.",
)
@common
@click.pass_context
def init(
    context: click.Context, /, data: Path, out: Path, force: bool, sets: tuple[str, ...]
) -> int:
    """Write a plan for a data file, with comments, to be edited.

    DATA is a file of any format that the task `data` reads, a folder with a training file or
    written by `datasets`, or hf:ID. It is read whole; no call is made. Exit codes: 0 done, 2 bad
    data or a plan that is there already.
    """
    from amplify.cli.plan_text import plan_text
    from amplify.run.wiring.wire import wire

    if not is_data(data) and not there(data):
        raise PlanError("there is no such file", where=str(data))
    if there(data) and there(out) and out.samefile(data):
        raise PlanError("is the data", where=str(out), hint="--out FILE")
    check_new(out, force)
    base = Overrides(arms=("zero-shot",), llm="builtin/none", sets=("survey.errors=none", *sets))
    wiring = settled(wire(read_plan(None, overrides_of_data(data, base)), load_host(context)))
    task = wiring.load_task()
    for note in task.notes:
        print_message(f"note: {note}")
    write_output(out, plan_text(wiring, task, data, out))
    print_result(visible(_counted(task)))
    plan = shell_word(str(out))
    print_result(f"wrote {visible(out)}; look it over, then: amplify plan {plan}")
    return 0


def _counted(task: Task) -> str:
    """How many items there are, and how many of each class."""
    items = [*task.train, *task.pool, *task.test]
    counts = Counter(item.label for item in items)
    if not task.labels:
        return f"{counted(len(items), 'item')} with open answers"
    order = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:CLASSES]
    shown = ", ".join(f"{label} {count}" for label, count in order)
    more = (
        f" and {counted(len(counts) - CLASSES, 'class', 'classes')} more"
        if len(counts) > CLASSES
        else ""
    )
    return f"{counted(len(items), 'item')}: {shown}{more}"
