"""The consoles that a report goes to."""

from __future__ import annotations

from rich.console import Console

from amplify.report.results import results


def out() -> Console:
    """The console on stdout, for results."""
    return Console(file=results())


def errors() -> Console:
    """The console on stderr, for progress."""
    return Console(stderr=True)
