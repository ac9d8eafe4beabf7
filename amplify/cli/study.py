"""The command `study`: a grid of runs that share their work."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amplify.cli.call_options import calling_options, take_call_options
from amplify.cli.common import common, home_path, load_host, print_result
from amplify.cli.grouped_help import GroupedCommand
from amplify.cli.log_option import log_option, log_options
from amplify.cli.messages import json_text, print_message, resume_line
from amplify.cli.plan_options import DIGITS, JSON, names_option
from amplify.cli.resume_command import call_options, most_left, plugin_options
from amplify.cli.show_option import show_option
from amplify.cli.signals import signals_deferred
from amplify.contract.errors import PlanError
from amplify.contract.grammar import counted
from amplify.contract.guard.brief import brief
from amplify.contract.guard.paths import home, there
from amplify.contract.guard.visible import shell_word, visible
from amplify.report.parts import OF_A_STUDY

if TYPE_CHECKING:
    from amplify.host import Host
    from amplify.run.cost.spent import Spent
    from amplify.run.study.folder import StudyFolder
    from amplify.run.study.grid import Study

FORMATS = ("table", "json", "markdown", "csv", "latex")


def _seeds(context: click.Context, _: click.Parameter, value: str | None) -> tuple[int, ...]:
    parts = [part.strip() for part in (value or "").split(",") if part.strip()]
    if not all(part.isdecimal() and len(part) <= DIGITS for part in parts):
        raise click.BadParameter(f"{brief(value)} is no list of numbers: 0,1,2")
    return tuple(map(int, parts))


@click.command(cls=GroupedCommand)
@click.argument(
    "study_file",
    metavar="[STUDY.toml]",
    required=False,
    type=click.Path(path_type=Path),
    callback=home_path,
)
@click.option(
    "--tasks", callback=names_option, metavar="NAME,…", help="Only these tasks of the study."
)
@click.option(
    "--llms", callback=names_option, metavar="NAME,…", help="Only these LLMs of the study."
)
@click.option("--seeds", callback=_seeds, metavar="N,…", help="These seeds.")
@click.option(
    "--draws",
    type=click.IntRange(1),
    help="How often the arms draw demonstrations in each run; seeds are draws too.",
)
@click.option(
    "-n", "--limit", type=click.IntRange(1), help="Measure on at most so many test items a task."
)
@click.option(
    "--min-gain",
    type=click.FloatRange(-100, 100),
    metavar="POINTS",
    help="Exit with 4 unless, on every task and LLM, the 95% interval of the focus arm's gain"
    " reaches so many points.",
)
@click.option(
    "--max-p",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="P",
    help="Exit with 4 unless, on every task and LLM, the focus arm gains with an adjusted p-value"
    " of at most P.",
)
@click.option(
    "-o",
    "sets",
    multiple=True,
    metavar="ROLE.KEY=VALUE",
    help="Set any key of every plan, e.g. proxy.epochs=3; may be repeated.",
)
@click.option("--out", metavar="DIR", help="Study folder (default: studies/…).")
@click.option("--resume", is_flag=True, help="Finish the study in --out.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Show the runs, their arms, and what each would take; do nothing.",
)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="What stdout gets (default: table)."
)
@show_option(OF_A_STUDY)
@log_option
@calling_options
@JSON
@common
@click.pass_context
def study(
    context: click.Context,
    /,
    study_file: Path | None,
    resume: bool,
    dry_run: bool,
    form: str | None,
    as_json: bool,
    show: tuple[str, ...],
    log: tuple[str, ...],
    **arguments: Any,
) -> int:
    """Run a study: tasks, LLMs, seeds and variants of arms, each piece of work once.

    The study's folder holds the record and its tables (Markdown, CSV, LaTeX) and a
    plot of every draw. A study that was
    interrupted goes on with --resume --out DIR. Exit codes are those of `amplify run`.
    """
    from amplify.report.console import errors
    from amplify.report.failures import failure_lines
    from amplify.report.progress import Phases
    from amplify.report.study.formats import table_files
    from amplify.run.store.read_back import check_regular
    from amplify.run.study.execute import execute_study
    from amplify.run.study.read import StudyOverrides, read_study

    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} ask for different things")
    if study_file is None and resume and arguments["out"]:
        study_file = home(arguments["out"]) / "study.toml"
        if not there(study_file):
            raise PlanError("the folder holds no study to resume", where=arguments["out"])
        check_regular(study_file)
    if study_file is None:
        raise click.UsageError("name a study file, or --resume --out DIR")
    calls = take_call_options(arguments)
    values = {key: value for key, value in arguments.items() if value is not None}
    grid = read_study(study_file, StudyOverrides(**values, calls=calls))
    if resume and not grid.section.out and not dry_run:
        raise PlanError("--resume needs the study's folder", hint="name it with --out DIR")
    host = load_host(context)
    if dry_run:
        return _foresee(grid, host, as_json, log)
    folder = _folder(grid)

    def resuming(raised: Mapping[str, float] | None = None) -> str:
        options = call_options(raised or {}, dict.fromkeys(raised or {}))
        options += [*plugin_options(context), *log_options(log)]
        return resume_line("study", folder.path, options)

    try:
        done = execute_study(
            grid, host, folder, Phases(errors()), print_message, table_files, resume, log
        )
    except KeyboardInterrupt:
        with signals_deferred():
            if folder.stands:
                click.echo(f"\nto go on: {resuming()}", err=True)
        raise
    _print(done.record, "json" if as_json else form or "table", folder.path, show)
    if done.stop is not None:
        capped = done.stop.kind == "cap"
        line = resuming(_raised(grid, host, done.spent) if capped else None)
        print_message(
            f"{done.stop.message}; {'raise it to go on' if capped else 'to go on'}: {line}"
        )
    for line in failure_lines(done.record):
        print_message(line)
    if done.failed:
        print_message(f"{counted(done.failed, 'call')} failed; to ask again: {resuming()}")
    if done.stop is not None or done.failed or done.lost:
        return 1
    if done.not_shown is not None:
        print_message(f"the gain was not shown: {done.not_shown}")
        return 4
    return 0


def _foresee(study: Study, host: Host, as_json: bool, log: Sequence[str]) -> int:
    """Print what the study would do; the exit code."""
    from amplify.report.console import errors
    from amplify.report.progress import Phases
    from amplify.report.study.forecast import forecast_lines
    from amplify.run.cost.prices import price_table
    from amplify.run.study.execute import check_study
    from amplify.run.study.forecast import forecast

    check_study(study, host, log)
    forecasts = forecast(study, host, Phases(errors()))
    if as_json:
        value = [{**asdict(each), "price": price_table(each.price)} for each in forecasts]
        print_result(json_text(value))
    else:
        print_result("\n".join(forecast_lines(study, forecasts)))
    return 1 if any(each.lost for each in forecasts) else 0


def _raised(study: Study, host: Host, spent: Spent) -> Mapping[str, float]:
    """The caps with which the study can end, by its forecast, by their keys of `[calls]`."""
    from amplify.contract.progress import silent
    from amplify.run.cost.raised_caps import Remaining, enough
    from amplify.run.engine.budget import Caps
    from amplify.run.study.forecast import forecast, summed

    calls = study.cells[0].plan().calls
    caps = Caps(calls.max_calls, calls.max_tokens, calls.max_cost, calls.max_seconds)
    whole = most_left(summed(forecast(study, host, silent)).phase)
    longer = None if caps.seconds is None else 100 * caps.seconds
    return enough(caps, spent, Remaining(whole.calls, whole.tokens, whole.cost, longer))


def _print(record: dict[str, Any], form: str, folder: Path, show: Collection[str]) -> None:
    """Print the result on stdout; the folder on stderr, where stdout is read by a program."""
    from amplify.report.console import out
    from amplify.report.study.console import print_study
    from amplify.report.study.formats import as_csv, as_markdown
    from amplify.report.study.latex import as_latex

    if form == "table":
        print_study(record, out(), show)
        print_result(f"study folder: {visible(str(folder))}")
        print_result(f"web page: amplify report {shell_word(str(folder))}")
        return
    writers = {"csv": as_csv, "latex": as_latex, "markdown": as_markdown}
    text = json_text(record) + "\n" if form == "json" else writers[form](record)
    print_result(text, nl=False)
    click.echo(f"study folder: {visible(str(folder))}", err=True)


def _folder(study: Study) -> StudyFolder:
    """The folder that the study names, else a new one under `studies`."""
    from amplify.run.store.new_folder import fresh_path
    from amplify.run.study.folder import StudyFolder
    from amplify.run.study.grid import file_name

    if study.section.out:
        return StudyFolder(home(study.section.out))
    return StudyFolder(fresh_path("studies", file_name(study.section.name)), fresh=True)
