"""The command `retry`: ask again what failed in a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from amplify.cli.call_options import calling_options, taken
from amplify.cli.common import at_home, common
from amplify.cli.run import JSON, finish, run_folder


@click.command()
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path), callback=at_home)
@calling_options
@JSON
@common
@click.pass_context
def retry(context: click.Context, /, run: Path, as_json: bool, **given: Any) -> int:
    """Ask again what failed in a run, and what a stop left unasked.

    RUN is the run's folder. Nothing that was answered is asked again. The same as `amplify run
    --resume --out RUN`; exit codes are those of `amplify run`.
    """
    from amplify.run.plan.overrides import Overrides
    from amplify.run.plan.read import read_plan
    from amplify.run.store.run_folder import RunFolder

    plan = read_plan(run_folder(run), Overrides(out=str(run), calls=taken(given)))
    return finish(context, plan, RunFolder(run), resume=True, as_json=as_json)
