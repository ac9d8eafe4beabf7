"""A linear proxy's logits, taken apart: words in the text, a finite share for each label."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.data import Example
from amplify.contract.grammar import counted
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.shapes import a, ends, number, several, texts
from amplify.contract.proxy import Parts


def check_parts(value: object, examples: Sequence[Example]) -> list[Parts]:
    """The parts, in order of the examples."""
    rows = several(value, "what parts returns", most=len(examples))
    if len(rows) != len(examples):
        raise Wrong(f"returned {len(rows)} parts for {counted(len(examples), 'example')}")
    return [_check(row, example) for row, example in zip(rows, examples, strict=True)]


def _check(value: object, example: Example) -> Parts:
    item = example.id
    parts = a(Parts, value, "a member of what parts returns", item)
    labels = texts(parts.labels, "the parts' labels", item)
    length = len(example.text)
    words = tuple(
        ends(word, length, "a word", item) for word in several(parts.words, "words", item)
    )
    shares = tuple(_row(row, len(labels), item) for row in several(parts.shares, "shares", item))
    if len(shares) != len(words):
        raise Wrong(f"has {counted(len(words), 'word')}, but shares of {len(shares)}", item)
    return Parts(labels, words, shares, _row(parts.rest, len(labels), item))


def _row(values: object, count: int, item: str) -> tuple[float, ...]:
    row = several(values, "a row of shares", item)
    if len(row) != count:
        raise Wrong(f"has {counted(count, 'label')}, but a row of {len(row)} shares", item)
    return tuple(number(value, "a share", item) for value in row)
