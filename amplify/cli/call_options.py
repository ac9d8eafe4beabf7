"""The options that say how a service is asked: `[calls]` of the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from amplify.contract.guard.paths import home

Command = TypeVar("Command", bound=Callable[..., Any])

KEYS = {
    "max_concurrency": "concurrency",
    "cache": "cache",
    "prices": "prices",
    "max_calls": "max_calls",
    "max_tokens": "max_tokens",
    "max_cost": "max_cost",
    "max_seconds": "max_seconds",
}
"""Options of the command line, and the keys of `[calls]` that they set."""


def calling_options(command: Command) -> Command:
    """`command` with the options of `[calls]` that are worth one of their own."""
    options = (
        click.option(
            "-j",
            "--max-concurrency",
            type=click.IntRange(1),
            envvar="AMPLIFY_MAX_CONCURRENCY",
            help="Most calls in flight (default: 16).",
        ),
        click.option(
            "--cache/--no-cache",
            default=None,
            envvar="AMPLIFY_CACHE",
            help="Take replies of a service from the cache, and keep them there (default: yes).",
        ),
        click.option(
            "--prices",
            metavar="FILE",
            envvar="AMPLIFY_PRICES",
            help="TOML file with the prices of models.",
        ),
        click.option(
            "--max-calls",
            type=click.IntRange(0),
            envvar="AMPLIFY_MAX_CALLS",
            help="Stop the run after so many calls.",
        ),
        click.option(
            "--max-tokens",
            type=click.IntRange(0),
            envvar="AMPLIFY_MAX_TOKENS",
            help="Stop before the run has used more tokens.",
        ),
        click.option(
            "--max-cost",
            type=click.FloatRange(0),
            envvar="AMPLIFY_MAX_COST",
            help="Stop before more is spent, in the currency of the prices.",
        ),
        click.option(
            "--max-seconds",
            type=click.FloatRange(0),
            envvar="AMPLIFY_MAX_SECONDS",
            help="Stop asking so many seconds after the first call could go.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def taken(given: dict[str, Any]) -> dict[str, Any]:
    """Take the options of `[calls]` out of a command's arguments; those that were given."""
    found = {key: given.pop(option, None) for option, key in KEYS.items()}
    if found["prices"] is not None:
        # The command line speaks of the current folder, the plan's file of its own.
        found["prices"] = str(home(found["prices"]).absolute())
    return {key: value for key, value in found.items() if value is not None}
