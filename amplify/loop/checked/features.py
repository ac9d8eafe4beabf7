"""The features of a proxy: a vector of finite numbers for each example, all of one length."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.data import Example
from amplify.contract.grammar import counted
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.shapes import number, several


def check_features(value: object, examples: Sequence[Example]) -> list[tuple[float, ...]]:
    """The vectors, in order of the examples."""
    rows = several(value, "what features returns", most=len(examples))
    if len(rows) != len(examples):
        raise Wrong(f"returned {len(rows)} vectors for {counted(len(examples), 'example')}")
    vectors = [
        tuple(number(entry, "a feature", example.id) for entry in several(row, "features"))
        for row, example in zip(rows, examples, strict=True)
    ]
    lengths = {len(vector) for vector in vectors}
    if len(lengths) > 1 or 0 in lengths:
        raise Wrong(f"returned vectors of the lengths {', '.join(map(str, sorted(lengths)))}")
    return vectors
