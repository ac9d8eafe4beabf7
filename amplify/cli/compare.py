"""The command `compare`: what differs between runs, and what that changed in the answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amplify.cli.common import common, home_path, print_result
from amplify.cli.messages import json_text, print_message
from amplify.cli.output_file import output_option, write_output
from amplify.contract.errors import DataError
from amplify.contract.guard.paths import home
from amplify.contract.guard.visible import visible

if TYPE_CHECKING:
    from amplify.run.paired.pair import PairedRuns

FORMATS = ("table", "json", "html")


def _home_paths(_: click.Context, __: click.Parameter, values: tuple[Path, ...]) -> list[Path]:
    return [home(value) for value in values]


@click.command()
@click.argument("first", metavar="RUN", type=click.Path(path_type=Path), callback=home_path)
@click.argument(
    "others",
    metavar="RUN...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
    callback=_home_paths,
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="table",
    help="What is written (default: table); html is a page like that of `amplify report`.",
)
@output_option("The file to write the page to (default: stdout).")
@common
def compare(first: Path, others: Sequence[Path], form: str, output: Path | None) -> int:
    """Compare runs with the first of them, on the items that both answered.

    Each RUN is a run's folder. Arms of one name are compared, in pairs of answers to the same item:
    what changed in plan and prompts stands beside what changed in the answers. A run on other
    items is refused, with the reason. Exit code 1: some of several runs were refused.
    """
    from amplify.run.paired.pair import adjusted, pair_runs
    from amplify.run.store.stored_run import read_run

    if output is not None and form == "table":
        form = "html"
    run = read_run(first)
    paired: list[PairedRuns] = []
    refused: dict[str, str] = {}
    for folder in others:
        try:
            paired.append(pair_runs(run, read_run(folder)))
        except DataError as error:
            if len(others) == 1:
                raise
            refused[str(folder)] = error.message
            print_message(f"{folder} was not compared: {error.message}")
    if not paired:
        raise DataError("none of the runs can be compared with the first", where=str(first))
    _write(form, output, adjusted(paired), refused)
    return 1 if refused else 0


def _write(
    form: str, output: Path | None, paired: Sequence[PairedRuns], refused: dict[str, str]
) -> None:
    """Write the comparisons in a form, to the file or to stdout."""
    from amplify.report.console import out
    from amplify.report.paired.console import print_paired
    from amplify.report.paired.page import paired_page
    from amplify.report.paired.rows import paired_table

    if form == "table":
        for each in paired:
            print_paired(each, out())
        return
    if form == "html":
        text = paired_page(paired, refused)
    else:
        tables = [paired_table(each) for each in paired]
        text = json_text({"comparisons": tables, "refused": refused}) + "\n"
    if output is None:
        print_result(text, nl=False)
        return
    write_output(output, text)
    print_result(f"{'page' if form == 'html' else 'file'}: {visible(output)}")
