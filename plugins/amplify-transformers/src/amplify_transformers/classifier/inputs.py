"""From an example to the rows that the classifier reads: its text, or one row for each option."""

from __future__ import annotations

from amplify import Example
from amplify_transformers.tokens.encoding import TextRow


def text_row(example: Example) -> TextRow:
    """The example's whole text."""
    return TextRow(example.text)


def rows_by_option(example: Example, labels: tuple[str, ...]) -> tuple[TextRow, ...]:
    """The question paired with each option's text; without options, with each of `labels`."""
    start, end = example.question or (0, len(example.text))
    question = example.text[start:end]
    if not example.options:
        return tuple(TextRow(question, start, label) for label in labels)
    return tuple(
        TextRow(question, start, example.text[option.start : option.end], option.start)
        for option in example.options
    )
