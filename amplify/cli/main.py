"""The command `amplify`: its subcommands, and the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from amplify import __version__
from amplify.cli.common import SharedOptions, common, report_env_file
from amplify.cli.ending import end
from amplify.cli.env_file import read_env
from amplify.cli.signals import exit_code, handle_signals, signals_deferred
from amplify.cli.uncaught import report_uncaught
from amplify.contract.errors import AmplifyError, InterruptedAgain, PlanError
from amplify.contract.guard.secret import scrubber
from amplify.contract.guard.visible import visible, visible_lines
from amplify.report.result_stream import close
from amplify.report.standard_streams import protect_standard_streams

COMMANDS = {
    "run": ("amplify.cli.run:run", "Run a plan: build the prompts, ask the LLM, score the arms."),
    "init": ("amplify.cli.init:init", "Write a plan for a data file, with comments."),
    "plan": ("amplify.cli.plan:plan", "Show what a run would do, without running it."),
    "tune": ("amplify.cli.tune:tune", "Find the best prompt: race the arms, test the winner once."),
    "study": ("amplify.cli.study:study", "Run a study: many runs that share their work."),
    "retry": ("amplify.cli.retry:retry", "Make the failed calls of a run again."),
    "worth": ("amplify.cli.worth:worth", "Measure what the demonstrations of a run are worth."),
    "report": ("amplify.cli.report:report", "Write a web page of a run, a study or a tune."),
    "compare": ("amplify.cli.compare:compare", "Compare runs: what changed, and what it changed."),
    "export": ("amplify.cli.export:export_prompt", "Take the finished prompt of a run away."),
    "predict": ("amplify.cli.predict:predict", "Label texts with the prompt of a run."),
    "evaluate": ("amplify.cli.predict:evaluate", "Label a labelled file, and score the labels."),
    "import": ("amplify.cli.import_prompt:import_prompt", "Make a plan of another tool's prompts."),
    "cache": ("amplify.cli.cache:cache", "Look at the cache of replies, or empty it."),
    "list-plugins": ("amplify.cli.plugins:list_plugins", "List plugins and their components."),
    "show": ("amplify.cli.plugins:show", "Show a component: its options and its environment."),
    "completion": ("amplify.cli.plugins:completion", "Print the completion script of a shell."),
}
"""Each command's function, and its line in `amplify --help`, which imports none of them."""

SOFTWARE = 70
"""The exit code for a fault of amplify itself (EX_SOFTWARE of sysexits.h)."""


class Commands(click.Group):
    """A group that imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="amplify", message="%(prog)s %(version)s")
@common
def cli() -> None:
    """Few-shot demonstrations with rationales from a proxy model's attributions."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line and exit: 0, or the code of the error that it ended with."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Any = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # A terminal that cannot show a character gets its escape instead of a crash.
            reconfigure(errors="backslashreplace")
    if arguments is None:
        protect_standard_streams()
        report_uncaught()
        handle_signals()
    problem = None
    settings = SharedOptions(process=arguments is None)
    try:
        ended = _guarded(arguments, settings)
    finally:
        problem = close()
    if problem is not None:
        _print_error(f"standard output cannot be written: {problem}")
        ended = ended or 1
    if settings.process:
        end(ended, [thread for host in settings.hosts for thread in host.lasting])
    sys.exit(ended)


def _guarded(arguments: Sequence[str] | None, settings: SharedOptions) -> int:
    """Run a command line, print the error that ends it on stderr, and return its exit code.

    click handles a closed pipe: the command ends without a message and with exit code 1.
    """
    try:
        settings.env = read_env(_current_folder())
        done = cli.main(arguments, prog_name="amplify", obj=settings, standalone_mode=False)
    except click.ClickException as error:
        message = io.StringIO()
        error.show(message)
        click.echo(visible_lines(message.getvalue()), err=True, nl=False)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        # click turns an interrupt into an Abort; the host says in which plugin it came.
        where = str(error.__cause__ or error)
        with signals_deferred():
            _print_error(visible(f"interrupted {where}".strip()))
        if isinstance(error.__cause__, InterruptedAgain):
            os._exit(exit_code())
        return exit_code()
    except SystemExit as error:  # from click, where stdout is closed
        return error.code if isinstance(error.code, int) else 1
    except AmplifyError as error:
        if settings.debug:
            _print_traceback(error)
        _print_error(str(error))
        return error.exit_code
    except Exception as error:  # noqa: BLE001  # the one place that reports any error
        if settings.debug:
            _print_traceback(error)
        _print_error(
            f"internal error: {type(error).__name__}: {visible(error)}\n"
            "  Run again with --debug for the traceback, and please report it."
        )
        return SOFTWARE
    finally:
        # A command that loads no plugins reports on `.env` at its end.
        if settings.env is not None and settings.env.has_settings:
            with contextlib.suppress(OSError):
                report_env_file(settings.env)
    return done if isinstance(done, int) else 0


def _current_folder() -> Path:
    """The current folder; PlanError where it was deleted."""
    try:
        return Path.cwd()
    except OSError as error:
        raise PlanError(f"the current folder cannot be used: {error.strerror}") from None


def _print_error(message: str) -> None:
    with contextlib.suppress(OSError):
        click.echo(scrubber()(f"amplify: {message}"), err=True)


def _print_traceback(error: Exception) -> None:
    """Print the traceback, with the keys taken out that a library put into its exception."""
    import traceback

    with contextlib.suppress(OSError):
        text = scrubber()("".join(traceback.format_exception(error)))
        click.echo(visible_lines(text), err=True, nl=False)
