"""A section of a study's report, whatever format it is written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A title, lines of text, and a table: the names of its columns (`heads`, empty for no table)
    and its rows (`body`).

    `details` are sentences that the tables tell in figures, `notes` what a reader should know; the
    console prints both on request.
    """

    title: str
    lines: Sequence[str] = ()
    heads: Sequence[str] = ()
    body: Sequence[Sequence[str]] = ()
    details: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def every_line(self) -> list[str]:
        """All lines, those that the console prints on request included."""
        return [*self.lines, *self.details, *(f"note: {note}" for note in self.notes)]


def signed(interval: Sequence[float]) -> str:
    """An interval of differences, in points."""
    low, high = interval
    return f"{100 * low:+.1f} to {100 * high:+.1f}"


def percentage(value: float | None) -> str:
    """A percentage, or a dash where there is none."""
    return "–" if value is None else f"{value:.1f}"
