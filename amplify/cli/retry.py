"""The command `retry`: make the failed calls of a run again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from amplify.cli.call_options import calling_options, take_call_options
from amplify.cli.common import common, home_path
from amplify.cli.plan_options import JSON
from amplify.cli.run import finish


@click.command()
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path), callback=home_path)
@calling_options
@JSON
@common
@click.pass_context
def retry(context: click.Context, /, run: Path, as_json: bool, **arguments: Any) -> int:
    """Make the failed calls of a run again, and the calls that a stop prevented.

    RUN is the run's folder. No answered item is asked again. The same as `amplify run
    --resume --out RUN`; exit codes are those of `amplify run`.
    """
    from amplify.run.plan.overrides import Overrides
    from amplify.run.plan.read import read_plan
    from amplify.run.store.plan_folder import stored_plan
    from amplify.run.store.run_folder import RunFolder

    plan = read_plan(stored_plan(run), Overrides(out=str(run), calls=take_call_options(arguments)))
    return finish(context, plan, RunFolder(run), resume=True, as_json=as_json)
