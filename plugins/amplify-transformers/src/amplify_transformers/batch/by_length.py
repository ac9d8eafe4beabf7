"""Items of similar length together, by a budget of padded tokens."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from amplify_transformers.tokens.encoding import EncodedRow


@dataclass(frozen=True, slots=True)
class TokenBudget:
    """The most padded tokens of a batch, and the share of them that may be padding."""

    tokens: int
    waste: float

    @classmethod
    def of(cls, device: torch.device, tokens: int | None) -> TokenBudget:
        """The budget of a device; `tokens` is the user's own.

        On a CPU a batch of 600 to 800 tokens is the fastest, and by so little against single rows
        that a tenth of padding loses it. A GPU wants large batches.
        """
        if device.type == "cpu":
            return cls(768 if tokens is None else tokens, 0.05)
        return cls(16384 if tokens is None else tokens, 0.25)


def batches_by_length(
    items: Sequence[Sequence[EncodedRow]],
    budget: TokenBudget,
    groups: Sequence[Hashable] | None = None,
) -> list[list[int]]:
    """Positions of the items in batches, short ones first.

    A batch holds items of the same number of rows, and of the same group; it keeps to the budget
    unless a single item has more.
    """
    sizes = [(len(rows), max(len(row.ids) for row in rows)) for rows in items]
    reals = [sum(len(row.ids) for row in rows) for rows in items]
    kinds = [(len(items[i]), groups[i] if groups else None) for i in range(len(items))]
    last: dict[Hashable, tuple[list[int], int]] = {}
    found: list[list[int]] = []
    for index in sorted(range(len(items)), key=sizes.__getitem__):
        rows, length = sizes[index]
        batch, real = last.get(kinds[index], ([], 0))
        padded = (len(batch) + 1) * rows * length
        real += reals[index]
        if batch and padded <= budget.tokens and padded - real <= budget.waste * padded:
            batch.append(index)
        else:
            batch, real = [index], reals[index]
            found.append(batch)
        last[kinds[index]] = batch, real
    return found


@dataclass(frozen=True)
class PaddedRows:
    """Rows padded on the right: `ids`, `types` and `mask` are [rows, tokens]; mask 1 is a token.

    `text` is true where a token stands for a piece of the example's text.
    """

    ids: Any
    types: Any
    mask: Any
    text: Any


def pad(rows: Sequence[EncodedRow], filler: int, device: Any) -> PaddedRows:
    """The rows as tensors."""
    length = max(len(row.ids) for row in rows)

    def tensor(values: list[tuple[Any, ...]], fill: Any) -> torch.Tensor:
        padded = [[*value, *([fill] * (length - len(value)))] for value in values]
        return torch.tensor(padded, device=device)

    return PaddedRows(
        ids=tensor([row.ids for row in rows], filler),
        types=tensor([row.types for row in rows], 0),
        mask=tensor([(1,) * len(row.ids) for row in rows], 0),
        text=tensor([tuple(p is not None for p in row.places) for row in rows], False),
    )
