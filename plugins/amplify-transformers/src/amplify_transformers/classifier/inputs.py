"""From an example to the rows of text that the classifier reads: one, or one for each option."""

from __future__ import annotations

from amplify import Example
from amplify_transformers.tokens.encoding import TextRow


def plain_row(example: Example) -> TextRow:
    """The whole text."""
    return TextRow(example.text)


def option_rows(example: Example, labels: tuple[str, ...]) -> tuple[TextRow, ...]:
    """The question with each option's text; for an item that lists none, with each label."""
    start, end = example.question or (0, len(example.text))
    question = example.text[start:end]
    if not example.options:
        return tuple(TextRow(question, start, label) for label in labels)
    return tuple(
        TextRow(question, start, example.text[option.start : option.end], option.start)
        for option in example.options
    )
