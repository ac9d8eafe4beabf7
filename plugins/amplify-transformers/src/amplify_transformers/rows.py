"""From examples to the rows of text that a classifier reads: one, or one for each option."""

from __future__ import annotations

from dataclasses import dataclass

from amplify import Example


@dataclass(frozen=True, slots=True)
class Row:
    """What one forward pass reads.

    `start` and `pair_start` say where `text` and `pair` begin in the example's text; None for a
    pair that does not stand in it.
    """

    text: str
    start: int = 0
    pair: str | None = None
    pair_start: int | None = None


def plain_row(example: Example) -> Row:
    """The whole text."""
    return Row(example.text)


def option_rows(example: Example, labels: tuple[str, ...]) -> tuple[Row, ...]:
    """The question with each option's text; for an item that lists none, with each label."""
    start, end = example.question or (0, len(example.text))
    question = example.text[start:end]
    if not example.options:
        return tuple(Row(question, start, label) for label in labels)
    return tuple(
        Row(question, start, example.text[option.start : option.end], option.start)
        for option in example.options
    )
