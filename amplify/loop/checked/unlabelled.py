"""Copies examples without their labels, for components that must not see the answer."""

from __future__ import annotations

from collections.abc import Iterable

from amplify.contract.data import Example
from amplify.loop.checked.copies import example_apart


def unlabelled(example: Example) -> Example:
    """The example with an empty label, as a record of its own."""
    return example_apart(example, "")


def all_unlabelled(examples: Iterable[Example]) -> list[Example]:
    """All of them with empty labels."""
    return [unlabelled(example) for example in examples]
