"""From examples to the texts that are scored: one, or one for each option."""

from __future__ import annotations

from dataclasses import dataclass

from amplify import Example


@dataclass(frozen=True, slots=True)
class Row:
    """A text to be scored; `start` is its place in the example's text, None outside it."""

    text: str
    start: int | None = 0


def plain_row(example: Example) -> Row:
    """The whole text."""
    return Row(example.text)


def option_rows(example: Example, labels: tuple[str, ...]) -> tuple[Row, ...]:
    """Each option's text; for an item that lists none, each label.

    The question is left out: it stands before every option, so that in a linear model it adds the
    same to all of them and moves no probability.
    """
    if not example.options:
        return tuple(Row(label, None) for label in labels)
    return tuple(Row(example.text[o.start : o.end], o.start) for o in example.options)
