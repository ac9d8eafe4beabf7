"""Items of similar length together, by a budget of padded tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from amplify_transformers.encode import Tokens


def batches_by_length(items: Sequence[Sequence[Tokens]], budget: int) -> list[list[int]]:
    """Positions of the items in batches, short ones first.

    A batch holds items of the same number of rows, and at most `budget` padded tokens unless a
    single item has more.
    """
    sizes = [(len(rows), max(len(row.ids) for row in rows)) for rows in items]
    found: list[list[int]] = []
    for index in sorted(range(len(items)), key=sizes.__getitem__):
        rows, length = sizes[index]
        last = found[-1] if found else []
        fits = last and sizes[last[0]][0] == rows and (len(last) + 1) * rows * length <= budget
        if fits:
            last.append(index)
        else:
            found.append([index])
    return found


@dataclass(frozen=True)
class Padded:
    """Rows padded on the right: `ids`, `types` and `mask` are [rows, tokens]; mask 1 is a token.

    `text` is true where a token stands for a piece of the example's text.
    """

    ids: Any
    types: Any
    mask: Any
    text: Any


def pad(rows: Sequence[Tokens], filler: int, device: Any) -> Padded:
    """The rows as tensors."""
    length = max(len(row.ids) for row in rows)

    def tensor(values: list[tuple[Any, ...]], fill: Any) -> torch.Tensor:
        padded = [[*value, *([fill] * (length - len(value)))] for value in values]
        return torch.tensor(padded, device=device)

    return Padded(
        ids=tensor([row.ids for row in rows], filler),
        types=tensor([row.types for row in rows], 0),
        mask=tensor([(1,) * len(row.ids) for row in rows], 0),
        text=tensor([tuple(p is not None for p in row.places) for row in rows], False),
    )
