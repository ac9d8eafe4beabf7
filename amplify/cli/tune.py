"""The command `tune`: race ways of building the prompt, and test the winner once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from amplify.cli.common import load_host, print_result
from amplify.cli.data_file import settled
from amplify.cli.grouped_help import GroupedCommand
from amplify.cli.log_option import log_option
from amplify.cli.messages import json_text
from amplify.cli.plan_options import planned
from amplify.cli.run import command_overrides, finish
from amplify.cli.show_option import metrics_option, show_option
from amplify.contract.errors import PlanError
from amplify.contract.guard.paths import home
from amplify.report.parts import OF_A_RUN
from amplify.run.plan.data_path import is_data, overrides_of_data
from amplify.run.plan.plan import Plan
from amplify.run.store.plan_folder import folder_of, stored_plan


@click.command(cls=GroupedCommand)
@planned
@click.option(
    "--resume",
    is_flag=True,
    envvar="AMPLIFY_RESUME",
    help="Finish the tune in --out (or the plan's out); no answered item is asked again.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    envvar="AMPLIFY_DRY_RUN",
    help="Show the contenders, the rounds, the most calls, and what the race and the test can show;"
    " nothing is asked.",
)
@show_option(OF_A_RUN)
@log_option
@metrics_option
@click.pass_context
def tune(
    context: click.Context,
    /,
    plan_file: Path | None,
    as_json: bool,
    resume: bool,
    dry_run: bool,
    metrics: tuple[str, ...],
    show: tuple[str, ...],
    log: tuple[str, ...],
    **arguments: Any,
) -> int:
    """Find the best prompt: race the arms on validation items, test the winner once.

    PLAN.toml has a section [tune], and lists of values to combine in [tune.space]; a file of data
    and no plan at all are tuned over a space that fits what is installed. Caps
    such as --max-calls keep back what the test takes. The prompt that is returned is the winner's
    if the test items show that it is better than the baseline's, else the baseline's. Exit codes:
    0 done, 1 some calls failed or a cap stopped the tune, 2 bad plan or data, 3 a plugin failed, 4
    the gain that --min-gain or --max-p asks for was not shown, 130 interrupted.
    """
    from amplify.run.tune.default_space import raced_plan

    if resume and plan_file is None and arguments["out"]:
        plan_file = stored_plan(home(arguments["out"]))
    overrides = command_overrides(arguments)
    if plan_file is not None and is_data(plan_file):
        overrides, plan_file = overrides_of_data(plan_file, overrides), None
    plan = raced_plan(plan_file, overrides, lambda: load_host(context, quiet=True).registry)
    if dry_run:
        _forecast(context, plan, as_json, log)
        return 0
    if resume and not plan.run.out:
        raise PlanError("--resume needs the tune's folder", hint="name it with --out DIR")
    return finish(context, plan, folder_of(plan), resume, as_json, (*show, *metrics), log)


def _forecast(context: click.Context, plan: Plan, as_json: bool, log: Sequence[str]) -> None:
    """Print what a tune of the plan would do."""
    from amplify.report.console import out
    from amplify.report.tune.forecast import print_forecast
    from amplify.run.tune.forecast import forecast_tune
    from amplify.run.wiring.wire import wire

    wiring = settled(wire(plan, load_host(context))).observed(log)
    plan = replace(plan, task=wiring.plan.task, split=wiring.plan.split)
    forecast = forecast_tune(wiring)
    if as_json:
        print_result(json_text({"plan": plan.table(), **asdict(forecast), "calls": forecast.calls}))
    else:
        print_forecast(forecast, out())
