"""What the commands show: lines on stderr, JSON, and command lines to be pasted into a shell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from amplify.contract.guard.secret import scrubber
from amplify.contract.guard.visible import shell_option, shell_word, visible, visible_json


def tell(text: str) -> None:
    """Write a line on stderr, whatever a plugin or a service put into it: no key, no escapes."""
    click.echo(f"amplify: {visible(scrubber()(text))}", err=True)


def json_text(value: Any) -> str:
    """The value as JSON for stdout, which may be a terminal."""
    import json  # list-plugins does without

    return visible_json(json.dumps(value, indent=2, ensure_ascii=False))


def resume_line(command: str, folder: Path, options: Sequence[str] = ()) -> str:
    """The command line that goes on with what `command` began in the folder; `options` are quoted
    already."""
    return " ".join([f"amplify {command} --resume {shell_option('--out', folder)}", *options])


def retry_line(folder: Path, options: Sequence[str] = ()) -> str:
    """The command line that asks again what failed in a run."""
    dash = "-- " if str(folder).startswith("-") else ""
    return " ".join(["amplify retry", *options, f"{dash}{shell_word(folder)}"])
