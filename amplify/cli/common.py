"""What all commands share: which plugins to load, tracebacks, completion of component names."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

import click

from amplify.cli.messages import tell
from amplify.contract.guard.paths import home
from amplify.contract.guard.visible import visible
from amplify.report.result_stream import release, reserve, results

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from amplify.cli.env_file import EnvFile
    from amplify.host import Host

Command = TypeVar("Command", bound=Callable[..., Any])


def at_home(_: click.Context, __: click.Parameter, value: Path | None) -> Path | None:
    """A path as people write it: `~` is the home folder, quoted too."""
    return None if value is None else home(value)


@dataclass(slots=True)
class Settings:
    """What the shared options say, gathered from the group and from the command behind it.

    `process` says that the process was started for this command line, and ends with it; `env` is
    the file `.env` of the current folder.
    """

    block: tuple[str, ...] = ()
    plugins: bool = True
    debug: bool = False
    process: bool = False
    env: EnvFile | None = None
    hosts: list[Host] = field(default_factory=list)


def common(command: Command) -> Command:
    """`command` with the options that every command takes, on either side of its name.

    They reach the command by `settings(context)`, not as arguments.
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


def settings(context: click.Context) -> Settings:
    """The shared settings, as far as they are parsed."""
    return context.find_root().ensure_object(Settings)


def load_host(context: click.Context, quiet: bool = False) -> Host:
    """The host, with the plugins that the shared options leave.

    Tells on stderr of a blocked name that matches no plugin, and the like, unless `quiet`. From
    here on foreign code may run: stdout is reserved for what `say` and the report write.
    """
    from amplify.host import Host

    chosen = settings(context)
    reserve(chosen.process)
    if not chosen.process:
        context.find_root().call_on_close(release)
    host = Host.load(chosen.block, chosen.plugins, tell=_waiting(sys.stderr))
    chosen.hosts.append(host)
    for problem in () if quiet else host.problems:
        tell(problem)
    if chosen.env is not None:
        chosen.env.keys(found.component for found in host.registry.components)
        if not context.resilient_parsing:
            tell_env(chosen.env)
    return host


def tell_env(env: EnvFile) -> None:
    """Say once on stderr what was read from `.env`."""
    if not env.told:
        env.told = True
        tell(env.line())


def say(text: str = "", nl: bool = True) -> None:
    """Write a line of the command's result."""
    click.echo(text, file=results(), nl=nl)


def _waiting(stream: TextIO) -> Callable[[str], None]:
    """Tells, on the stderr of now, of a plugin that is waited for: while it is imported, another
    stands in its place."""
    return lambda text: click.echo(f"amplify: {visible(text)}", file=stream)


def complete_component(
    role: str | None = None,
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """A `shell_complete` callback: component names of `role` (None: of any role).

    A name that two components share, and every name once a slash is typed, is completed in full.
    """

    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        items = {}
        registry = load_host(context, quiet=True).registry
        release()  # click prints what is completed
        for found in registry.all(role):
            alone = len(registry.matches(found.role, found.component.name)) == 1
            name = found.component.name if alone and "/" not in incomplete else found.qualified
            if name.startswith(incomplete) or found.qualified.startswith(incomplete):
                items[name if name.startswith(incomplete) else found.qualified] = (
                    found.component.summary
                )
        shown = {name: visible(" ".join(text.split())) for name, text in items.items()}
        return [CompletionItem(name, help=text) for name, text in shown.items()]

    return complete


def _block(context: click.Context, _: click.Parameter, value: tuple[str, ...]) -> None:
    names = [name.strip() for item in value for name in item.split(",") if name.strip()]
    chosen = settings(context)
    chosen.block = tuple(dict.fromkeys((*chosen.block, *names)))


def _no_plugins(context: click.Context, _: click.Parameter, value: bool) -> None:
    settings(context).plugins &= not value


def _debug(context: click.Context, _: click.Parameter, value: bool) -> None:
    settings(context).debug |= value
