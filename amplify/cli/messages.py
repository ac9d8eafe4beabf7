"""What commands print: messages on stderr, JSON on stdout, and command lines to be pasted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from amplify.contract.guard.secret import scrubber
from amplify.contract.guard.visible import shell_option, shell_word, visible, visible_json


def print_message(text: str) -> None:
    """Print a line on stderr; keys are taken out of it, control characters escaped."""
    click.echo(f"amplify: {visible(scrubber()(text))}", err=True)


def json_text(value: Any) -> str:
    """The value as JSON for stdout, which may be a terminal."""
    import json  # not needed by list-plugins

    return visible_json(json.dumps(value, indent=2, ensure_ascii=False))


def resume_line(command: str, folder: Path, options: Sequence[str]) -> str:
    """The command line that resumes what `command` (run or study) began in the folder.

    `options` are added as they are: each is quoted for the shell already.
    """
    return " ".join([f"amplify {command} --resume {shell_option('--out', folder)}", *options])


def retry_line(folder: Path, options: Sequence[str]) -> str:
    """The command line that retries the failed calls of the run in the folder."""
    dash = "-- " if str(folder).startswith("-") else ""
    return " ".join(["amplify retry", *options, f"{dash}{shell_word(folder)}"])
