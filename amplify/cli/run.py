"""The command `run`: run a plan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amplify.cli.call_options import take_call_options
from amplify.cli.common import load_host, print_result
from amplify.cli.data_file import settled
from amplify.cli.grouped_help import GroupedCommand
from amplify.cli.log_option import log_option, log_options
from amplify.cli.messages import json_text, print_message, resume_line
from amplify.cli.plan_options import planned
from amplify.cli.resume_command import (
    command_of,
    plugin_options,
    raised_caps,
    retry_command,
    run_options,
)
from amplify.cli.show_option import metrics_option, show_option
from amplify.cli.signals import signals_deferred
from amplify.contract.errors import PlanError, ProviderError
from amplify.contract.grammar import counted
from amplify.contract.guard.paths import home
from amplify.contract.guard.visible import shell_word
from amplify.report.parts import OF_A_RUN
from amplify.run.plan.data_path import is_data, overrides_of_data
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import Plan
from amplify.run.plan.read import read_plan
from amplify.run.store.plan_folder import folder_of, stored_plan

if TYPE_CHECKING:
    from amplify.report.progress import Phases
    from amplify.run.result import FinishedRun
    from amplify.run.store.run_folder import RunFolder
    from amplify.run.wiring.wire import Wiring


@click.command(cls=GroupedCommand)
@planned
@click.option(
    "--resume",
    is_flag=True,
    envvar="AMPLIFY_RESUME",
    help="Finish the run in --out (or the plan's out); no answered item is asked again.",
)
@show_option(OF_A_RUN)
@log_option
@metrics_option
@click.pass_context
def run(
    context: click.Context,
    /,
    plan_file: Path | None,
    as_json: bool,
    resume: bool,
    metrics: tuple[str, ...],
    show: tuple[str, ...],
    log: tuple[str, ...],
    **arguments: Any,
) -> int:
    """Run a plan: build the prompts, ask the LLM, score the arms.

    Without PLAN.toml the default plan is run: the embedded task and language model of the plugin
    amplify-mini. The command line wins over AMPLIFY_… variables, these over the plan file, and
    that over the defaults. Exit codes: 0 done, 1 some calls failed or a cap stopped the run, 2 bad
    plan or data, 3 a plugin failed, 4 the gain that --min-gain or --max-p asks for was not shown,
    130 interrupted.
    """
    if resume and plan_file is None and arguments["out"]:
        plan_file = stored_plan(home(arguments["out"]))
    plan = plan_of(plan_file, arguments)
    refuse_race(plan, plan_file)
    return finish(context, plan, folder_of(plan), resume, as_json, (*show, *metrics), log)


def refuse_race(plan: Plan, plan_file: Path | None, options: str = "") -> None:
    """Refuse a plan that races its arms; `options` are those with which `amplify tune` takes it."""
    if plan.tune is not None:
        place = shell_word(str(plan_file)) if plan_file else ""
        raise PlanError(
            "this plan races its arms",
            where=f"{plan_file or ''}: [tune]".removeprefix(": "),
            hint=" ".join(filter(None, ["run it with: amplify tune", place, options])),
        )


def finish(
    context: click.Context,
    plan: Plan,
    folder: RunFolder,
    resume: bool,
    as_json: bool,
    show: Collection[str] = (),
    log: Sequence[str] = (),
) -> int:
    """Run a plan in a folder, print its report, and return the exit code.

    `resume` goes on with the run in the folder; `as_json` prints the record in place of the report,
    to which `show` adds parts. `log` names the observers that are told of the run.
    """
    from amplify.report.console import errors, out
    from amplify.report.failures import failure_lines
    from amplify.report.plots.svg import plot_files
    from amplify.report.progress import Phases
    from amplify.report.run import print_run
    from amplify.run.again import finished_run
    from amplify.run.engine.stop_reason import RunStopped
    from amplify.run.store.unanswered import nothing_answered
    from amplify.run.wiring.wire import wire

    phases = Phases(errors())
    phases.begin(f"{plan.task.use}: {counted(len(plan.arms), 'arm')}, LLM {plan.llm.use}")
    wiring = settled(wire(plan, load_host(context), phases))
    plan = replace(plan, task=wiring.plan.task, split=wiring.plan.split)
    wiring = wiring.observed(log)

    def resuming(raised: Mapping[str, float] | None = None) -> str:
        options = run_options(plan, folder.path, raised or {})
        options += [*plugin_options(context), *log_options(log)]
        return resume_line(command_of(plan), folder.path, options)

    try:
        shown = finished_run(wiring, folder, print_message) if resume else None
        finished = shown or execute_plan(wiring, folder, resume, phases)
    except KeyboardInterrupt:
        with signals_deferred():
            if folder.stands:
                click.echo(f"\nto go on: {resuming()}", err=True)
        raise
    except RunStopped as error:
        line = resuming(raised_caps(error, plan.calls, wiring))
        if nothing_answered(folder.journal):
            batch = folder.in_batches
            print_message(
                f"nothing was answered; to {'fetch the batch' if batch else 'ask again'}: {line}"
            )
            if not batch:
                print_message(
                    "or give the same --out to a run with another plan, which then begins anew"
                )
        else:
            print_message(f"what was answered is kept; to go on: {line}")
        raise
    except ProviderError:
        if folder.in_batches:
            print_message(f"to go on, and to fetch what is out: {resuming()}")
        raise
    for name, text in plot_files(finished.record).items():
        folder.write(name, text)
    if as_json:
        print_result(json_text(finished.record))
    else:
        print_run(finished, out(), show)
    if finished.stop is not None:
        message = f"{finished.stop.message}; {not_asked(finished)}"
        if finished.second_calls_left:
            message += (
                " and"
                f" {counted(finished.second_calls_left, 'second call was', 'second calls were')}"
                " not made"
            )
        if finished.worth is not None and not finished.worth.whole:
            message += ", and the worth of demonstrations was measured in part"
        if finished.attributions is not None and not finished.attributions.whole:
            message += ", and not all answers were attributed"
        capped = finished.stop.kind == "cap"
        line = resuming(finished.enough if capped else None)
        print_message(f"{message}; {'raise it to go on' if capped else 'to go on'}: {line}")
    for line in failure_lines(finished.record):
        print_message(line)
    if finished.failed:
        retry = retry_command(context, plan, folder.path)
        print_message(f"{counted(finished.failed, 'call')} failed; to ask again: {retry}")
    if finished.failed or finished.stop is not None:
        return 1
    demand = finished.verdict.demand
    if demand is not None and not demand.shown:
        print_message(f"the gain was not shown: {demand.why}")
        return 4
    return 0


def not_asked(run: FinishedRun) -> str:
    """How many items a run that was stopped did not ask; of a race that was, how far it came."""
    unanswered = sum(score.prepared + score.pool_prepared for score in run.scores)
    race = run.record.get("race")
    if race is None or race["over"]:
        return counted(unanswered, "item was not asked", "items were not asked")
    return (
        f"the race has asked {race['total']:,} of"
        f" {counted(race['validation'], 'validation item')}, and"
        f" {counted(unanswered, 'test item was', 'test items were')} not asked"
    )


def execute_plan(wiring: Wiring, folder: RunFolder, resume: bool, phases: Phases) -> FinishedRun:
    """Run the wired plan, or race its arms, in the folder; a race is shown above the phases."""
    if wiring.plan.tune is None:
        from amplify.run.execute import execute

        return execute(wiring, folder, resume, print_message)
    from amplify.report.tune.live import RaceDisplay
    from amplify.run.tune.execute import execute_tune

    display = RaceDisplay(phases)
    try:
        return execute_tune(wiring, folder, resume, print_message, display)
    finally:
        display.close()


def plan_of(plan_file: Path | None, arguments: dict[str, Any]) -> Plan:
    """The plan of the file, or for the data in its place, under the command line's options."""
    overrides = command_overrides(arguments)
    if plan_file is not None and is_data(plan_file):
        return read_plan(None, overrides_of_data(plan_file, overrides))
    return read_plan(plan_file, overrides)


def command_overrides(arguments: dict[str, Any]) -> Overrides:
    """The options of the command line, which are laid over a plan."""
    calls = take_call_options(arguments)
    values = {key: value for key, value in arguments.items() if value is not None}
    return Overrides(**values, calls=calls)
