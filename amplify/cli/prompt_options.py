"""The argument PROMPT, and the options that choose among the prompts of a run."""

from __future__ import annotations

from pathlib import Path

import click

from amplify.cli.common import Command, home_path


def chosen_prompt(command: Command) -> Command:
    """`command` with the argument PROMPT and the options `--arm` and `--draw`."""
    options = (
        click.argument(
            "prompt",
            metavar="RUN|PROMPT",
            type=click.Path(path_type=Path),
            callback=home_path,
        ),
        click.option(
            "--arm",
            metavar="NAME",
            envvar="AMPLIFY_PROMPT_ARM",
            help="The arm of the run whose prompt it is (default: the run's focus, or its baseline"
            " where the focus was shown to do worse; of a tune, what it has chosen).",
        ),
        click.option(
            "--draw",
            type=click.IntRange(1),
            envvar="AMPLIFY_PROMPT_DRAW",
            help="The draw of its demonstrations (default: the best, where the run chose one, else"
            " the first).",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command
