"""The options of the command line that set keys of `[calls]`: how a service is called."""

from __future__ import annotations

from typing import Any

import click

from amplify.cli.common import Command
from amplify.contract.guard.paths import home

KEYS = {
    "max_concurrency": "concurrency",
    "cache": "cache",
    "prices": "prices",
    "max_calls": "max_calls",
    "max_tokens": "max_tokens",
    "max_cost": "max_cost",
    "max_seconds": "max_seconds",
}
"""The names of options, and the keys of `[calls]` that they set."""


def calling_options(command: Command) -> Command:
    """`command` with an option for each key of `KEYS`."""
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
            help="Make no more calls so many seconds after the first.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def take_call_options(arguments: dict[str, Any]) -> dict[str, Any]:
    """Remove the options of `[calls]` from the arguments; return those that are set, by key."""
    calls = {key: arguments.pop(option, None) for option, key in KEYS.items()}
    if calls["prices"] is not None:
        # A path on the command line starts at the current folder, one in a plan at the plan's.
        calls["prices"] = str(home(calls["prices"]).absolute())
    return {key: value for key, value in calls.items() if value is not None}
