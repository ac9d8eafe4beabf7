"""The options that name the file which a command writes, and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from amplify.cli.common import Command, home_path
from amplify.contract.errors import PlanError
from amplify.contract.guard.paths import there


def output_option(help: str, envvar: str | None = None) -> Callable[[Command], Command]:
    """The option `-o FILE`, the argument `output` of a command; `envvar` is the variable that sets
    it too."""
    return click.option(
        "-o",
        "--output",
        metavar="FILE",
        type=click.Path(path_type=Path),
        callback=home_path,
        envvar=envvar,
        help=help,
    )


def plan_file_options(
    beside: str = "", over: str = "a file of that name"
) -> Callable[..., Command]:
    """The options `--out FILE` and `--force` of a command that writes a plan.

    `beside` says what is written beside it, and `over` what `--force` replaces.
    """

    def decorate(command: Command) -> Command:
        out = click.option(
            "--out",
            type=click.Path(path_type=Path),
            callback=home_path,
            default=Path("plan.toml"),
            show_default=True,
            metavar="FILE",
            help=f"The plan to write{beside}.",
        )
        force = click.option("--force", is_flag=True, help=f"Write over {over}.")
        return out(force(command))

    return decorate


def check_new(out: Path, force: bool) -> None:
    """PlanError where something is at `out`, unless `force` says that it may be replaced."""
    if there(out) and not force:
        raise PlanError("is there already", where=str(out), hint="--out FILE, or --force")


def make_parent(output: Path) -> None:
    """Make the folder of a file where there is none."""
    from amplify.run.store.files import make_folder, writing

    with writing(output):
        make_folder(output.parent)


def write_output(output: Path, text: str) -> None:
    """Write a file, whole or not at all, in a folder that is made where there is none."""
    from amplify.run.store.files import write_whole

    make_parent(output)
    write_whole(output, text)
