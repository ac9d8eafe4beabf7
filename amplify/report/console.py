"""The rich consoles on stdout and stderr, never too narrow for a table."""

from __future__ import annotations

from typing import IO

from rich.console import Console

from amplify.report.result_stream import result_stream

USUAL, LEAST = 80, 60
"""The width of a terminal that tells none, and the least width in which a table can be read."""


def wide(file: IO[str], highlight: bool = True) -> Console:
    """A console on a stream: as wide as the terminal, but at least `LEAST` columns."""
    console = Console(file=file, highlight=highlight)
    if console.width < LEAST:
        console.width = LEAST if console.width > 0 else USUAL
    return console


def out() -> Console:
    """The console on stdout, for results."""
    return wide(result_stream())


def errors() -> Console:
    """The console on stderr, for progress."""
    return Console(stderr=True)
