"""The option `--log`: the observers that are told of a run."""

from __future__ import annotations

from collections.abc import Sequence

import click

from amplify.cli.common import complete_component
from amplify.contract.guard.visible import shell_option


def _names(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    names = [name.strip() for text in value for name in text.split(",") if name.strip()]
    return tuple(dict.fromkeys(names))


log_option = click.option(
    "--log",
    multiple=True,
    callback=_names,
    metavar="NAME,…",
    envvar="AMPLIFY_LOG",
    shell_complete=complete_component("observer"),
    help="Log the run: jsonl (events.jsonl in the run folder), mlflow (plugin amplify-mlflow),"
    " wandb (plugin amplify-wandb). May be repeated.",
)


def log_options(names: Sequence[str]) -> list[str]:
    """The options of a command line that logs as this one does."""
    return [shell_option("--log", name) for name in names]
