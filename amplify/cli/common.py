"""What commands share: the options of each, the plugins that they load, results on stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from amplify.cli.messages import print_message
from amplify.contract.guard.paths import home
from amplify.contract.guard.visible import visible
from amplify.report.result_stream import release_stdout, reserve_stdout, result_stream

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from amplify.cli.env_file import EnvFile
    from amplify.host import Host

Command = TypeVar("Command", bound=Callable[..., Any])


def home_path(_: click.Context, __: click.Parameter, value: Path | None) -> Path | None:
    """The path, with `~` as the home folder, which a shell does not replace in quotes."""
    return None if value is None else home(value)


@dataclass(slots=True)
class SharedOptions:
    """The values of the shared options, given before the command's name or after it.

    `process` says that the process was started for this command line, and ends with it; `env` is
    the file `.env` of the current folder; `hosts` are those that the command loaded.
    """

    block: tuple[str, ...] = ()
    plugins: bool = True
    debug: bool = False
    process: bool = False
    env: EnvFile | None = None
    hosts: list[Host] = field(default_factory=list)


def common(command: Command) -> Command:
    """`command` with the options that every command takes, before its name or after it.

    The command reads them by `settings(context)`; they are none of its arguments.
    """
    for decorate in (
        click.option(
            "--debug",
            is_flag=True,
            envvar="AMPLIFY_DEBUG",
            expose_value=False,
            callback=_debug,
            help="Show tracebacks.",
        ),
        click.option(
            "--no-plugins",
            is_flag=True,
            envvar="AMPLIFY_NO_PLUGINS",
            expose_value=False,
            callback=_no_plugins,
            help="Load the built-in plugin alone.",
        ),
        click.option(
            "--block",
            metavar="NAME",
            multiple=True,
            envvar="AMPLIFY_BLOCK",
            expose_value=False,
            callback=_block,
            help="Do not import this plugin; may be repeated, or list several with commas.",
        ),
    ):
        command = decorate(command)
    return command


def settings(context: click.Context) -> SharedOptions:
    """The values of the shared options that were parsed so far."""
    return context.find_root().ensure_object(SharedOptions)


def load_host(context: click.Context, quiet: bool = False) -> Host:
    """The host, with the plugins that the shared options admit.

    Its problems, such as a blocked name that matches no plugin, are printed on stderr unless
    `quiet`. From here on code of plugins may run: stdout is reserved for `print_result` and the
    report.
    """
    from amplify.host import Host

    chosen = settings(context)
    reserve_stdout(chosen.process)
    if not chosen.process:
        context.find_root().call_on_close(release_stdout)
    host = Host.load(chosen.block, chosen.plugins, tell=_waiting_message(sys.stderr))
    chosen.hosts.append(host)
    for problem in () if quiet else host.problems:
        print_message(problem)
    if chosen.env is not None:
        chosen.env.read_keys(entry.component for entry in host.registry.components)
        if not context.resilient_parsing:
            report_env_file(chosen.env)
    return host


def report_env_file(env: EnvFile) -> None:
    """Print on stderr what was read from `.env`; only once for a command."""
    if not env.reported:
        env.reported = True
        print_message(env.summary())


def print_result(text: str = "", nl: bool = True) -> None:
    """Write a line of the command's result."""
    click.echo(text, file=result_stream(), nl=nl)


def _waiting_message(stream: TextIO) -> Callable[[str], None]:
    """A function that prints, on `stream`, for which plugin the command waits.

    While a plugin is imported, `sys.stderr` is another stream.
    """
    return lambda text: click.echo(f"amplify: {visible(text)}", file=stream)


def complete_component(
    role: str | None = None,
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """A `shell_complete` callback for the names of components of `role` (None: of any role).

    A name is completed with its plugin where two components share it, and where a slash is typed.
    """

    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        items = {}
        registry = load_host(context, quiet=True).registry
        release_stdout()  # click prints what is completed
        for entry in registry.all(role):
            unique = len(registry.matches(entry.role, entry.component.name)) == 1
            name = entry.component.name if unique and "/" not in incomplete else entry.qualified
            if name.startswith(incomplete) or entry.qualified.startswith(incomplete):
                items[name if name.startswith(incomplete) else entry.qualified] = (
                    entry.component.summary
                )
        return [
            CompletionItem(name, help=visible(" ".join(text.split())))
            for name, text in items.items()
        ]

    return complete


def _block(context: click.Context, _: click.Parameter, value: tuple[str, ...]) -> None:
    names = [name.strip() for item in value for name in item.split(",") if name.strip()]
    chosen = settings(context)
    chosen.block = tuple(dict.fromkeys((*chosen.block, *names)))


def _no_plugins(context: click.Context, _: click.Parameter, value: bool) -> None:
    settings(context).plugins &= not value


def _debug(context: click.Context, _: click.Parameter, value: bool) -> None:
    settings(context).debug |= value
