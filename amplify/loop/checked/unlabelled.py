"""Examples as those get them who must not see the answer."""

from __future__ import annotations

from collections.abc import Iterable

from amplify.contract.data import Example


def unlabelled(example: Example) -> Example:
    """The example with an empty label."""
    if not example.label:
        return example
    return Example(example.id, example.text, "", example.options, example.question)


def all_unlabelled(examples: Iterable[Example]) -> list[Example]:
    """All of them with empty labels."""
    return [unlabelled(example) for example in examples]
