"""The command `amplify`: its group, and the one place where errors become exit codes."""

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
from amplify.cli.common import Settings, common, tell_env
from amplify.cli.ending import end
from amplify.cli.env_file import read_env
from amplify.cli.signals import code, last_words, listen
from amplify.cli.uncaught import tell_strays
from amplify.contract.errors import AmplifyError, InterruptedAgain, PlanError
from amplify.contract.guard.secret import scrubber
from amplify.contract.guard.visible import visible, visible_lines
from amplify.report.result_stream import close
from amplify.report.standard_streams import guard

COMMANDS = {
    "run": ("amplify.cli.run:run", "Run a plan: build the prompts, ask the LLM, score the arms."),
    "plan": ("amplify.cli.run:plan", "Show what a run would do, without running it."),
    "study": ("amplify.cli.study:study", "Run a study: many runs that share their work."),
    "retry": ("amplify.cli.retry:retry", "Ask again what failed in a run."),
    "cache": ("amplify.cli.cache:cache", "Look at the cache of replies, or empty it."),
    "list-plugins": ("amplify.cli.plugins:list_plugins", "List plugins and their components."),
    "show": ("amplify.cli.plugins:show", "Show a component: its options and its environment."),
    "completion": ("amplify.cli.plugins:completion", "Print the completion script of a shell."),
}
"""Where each command lives, and its line in `amplify --help`, which imports none of them."""

SOFTWARE = 70
"""The exit code for a fault of amplify itself (EX_SOFTWARE of sysexits.h)."""


class Commands(click.Group):
    """A group that imports a command when it is asked for."""

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
        guard()
        tell_strays()
        listen()
    why = None
    settings = Settings(process=arguments is None)
    try:
        ended = _guarded(arguments, settings)
    finally:
        why = close()
    if why is not None:
        _tell(f"standard output cannot be written: {why}")
        ended = ended or 1
    if settings.process:
        end(ended, [one for host in settings.hosts for one in host.lasting])
    sys.exit(ended)


def _guarded(arguments: Sequence[str] | None, settings: Settings) -> int:
    """The exit code of a command line; every error is told on stderr, once, in plain words.

    A closed pipe is click's to handle: it ends quietly with 1.
    """
    try:
        settings.env = read_env(_here())
        done = cli.main(arguments, prog_name="amplify", obj=settings, standalone_mode=False)
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        click.echo(visible_lines(shown.getvalue()), err=True, nl=False)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        # click turns an interrupt into an Abort; the host says in which plugin it came.
        where = str(error.__cause__ or error)
        with last_words():
            _tell(visible(f"interrupted {where}".strip()))
        if isinstance(error.__cause__, InterruptedAgain):
            os._exit(code())
        return code()
    except SystemExit as error:  # click's, where nobody reads on
        return error.code if isinstance(error.code, int) else 1
    except AmplifyError as error:
        if settings.debug:
            _trace(error)
        _tell(str(error))
        return error.exit_code
    except Exception as error:  # noqa: BLE001  # the one place that tells of any error
        if settings.debug:
            _trace(error)
        _tell(
            f"internal error: {type(error).__name__}: {visible(error)}\n"
            "  Run again with --debug for the traceback, and please report it."
        )
        return SOFTWARE
    finally:
        # A command that loads no plugins says at its end what of amplify's own was in there.
        if settings.env is not None and settings.env.ours:
            with contextlib.suppress(OSError):
                tell_env(settings.env)
    return done if isinstance(done, int) else 0


def _here() -> Path:
    """The current folder; PlanError where it was taken away."""
    try:
        return Path.cwd()
    except OSError as error:
        raise PlanError(f"the current folder cannot be used: {error.strerror}") from None


def _tell(message: str) -> None:
    with contextlib.suppress(OSError):
        click.echo(scrubber()(f"amplify: {message}"), err=True)


def _trace(error: Exception) -> None:
    """Show the traceback, with no key in it that a library put into its exception."""
    import traceback

    with contextlib.suppress(OSError):
        text = scrubber()("".join(traceback.format_exception(error)))
        click.echo(visible_lines(text), err=True, nl=False)
