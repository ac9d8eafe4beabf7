"""The consoles that a report goes to."""

from __future__ import annotations

from typing import IO

from rich.console import Console

from amplify.report.result_stream import results

USUAL, LEAST = 80, 60
"""The width where none is told, and the least: tables cannot be read in fewer columns."""


def wide(file: IO[str], highlight: bool = True) -> Console:
    """A console on a stream, as wide as the terminal, or as wide as can be read."""
    made = Console(file=file, highlight=highlight)
    if made.width < LEAST:
        made.width = LEAST if made.width > 0 else USUAL
    return made


def out() -> Console:
    """The console on stdout, for results."""
    return wide(results())


def errors() -> Console:
    """The console on stderr, for progress."""
    return Console(stderr=True)
