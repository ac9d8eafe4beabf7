"""Examples as those get them who must not see the answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from amplify.contract.data import Example


def unlabelled(example: Example) -> Example:
    """The example with an empty label."""
    return replace(example, label="") if example.label else example


def all_unlabelled(examples: Iterable[Example]) -> list[Example]:
    """All of them with empty labels."""
    return [unlabelled(example) for example in examples]
