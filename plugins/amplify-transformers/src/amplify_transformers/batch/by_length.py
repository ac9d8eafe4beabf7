"""Puts examples of similar length into one batch, within a budget of padded tokens."""

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
    padding_share: float

    @classmethod
    def of(cls, device: torch.device, tokens: int | None) -> TokenBudget:
        """The budget of a device; `tokens` replaces the device's number where it is not None.

        On a CPU a batch of 600 to 800 tokens is the fastest, and by so little against single rows
        that a tenth of padding loses it. A GPU wants large batches.
        """
        if device.type == "cpu":
            return cls(768 if tokens is None else tokens, 0.05)
        return cls(16384 if tokens is None else tokens, 0.25)


def batches_by_length(
    examples: Sequence[Sequence[EncodedRow]],
    budget: TokenBudget,
    groups: Sequence[Hashable] | None = None,
) -> list[list[int]]:
    """Positions of the examples in batches, short ones first.

    Each example is given by its rows. A batch holds examples of the same number of rows, and of the
    same of the `groups`, which are one for each example; it keeps to the budget unless a single
    example exceeds it.
    """
    sizes = [(len(rows), max(len(row.ids) for row in rows)) for rows in examples]
    lengths = [sum(len(row.ids) for row in rows) for rows in examples]
    kinds = [(len(rows), groups[i] if groups else None) for i, rows in enumerate(examples)]
    latest: dict[Hashable, tuple[list[int], int]] = {}
    batches: list[list[int]] = []
    for index in sorted(range(len(examples)), key=sizes.__getitem__):
        rows, longest = sizes[index]
        batch, unpadded = latest.get(kinds[index], ([], 0))
        padded = (len(batch) + 1) * rows * longest
        unpadded += lengths[index]
        little_padding = padded - unpadded <= budget.padding_share * padded
        if batch and padded <= budget.tokens and little_padding:
            batch.append(index)
        else:
            batch, unpadded = [index], lengths[index]
            batches.append(batch)
        latest[kinds[index]] = batch, unpadded
    return batches


@dataclass(frozen=True)
class PaddedRows:
    """Rows padded on the right, as tensors [rows, tokens].

    `mask` is 1 for a token and 0 for padding; `text` is true where a token stands for a piece of
    the example's text.
    """

    ids: Any
    types: Any
    mask: Any
    text: Any


def pad(rows: Sequence[EncodedRow], filler: int, device: Any) -> PaddedRows:
    """The rows as tensors on `device`, `filler` the token id of the padding."""
    length = max(len(row.ids) for row in rows)

    def tensor(values: list[tuple[Any, ...]], fill: Any) -> torch.Tensor:
        padded = [[*value, *([fill] * (length - len(value)))] for value in values]
        return torch.tensor(padded, device=device)

    return PaddedRows(
        ids=tensor([row.ids for row in rows], filler),
        types=tensor([row.types for row in rows], 0),
        mask=tensor([(1,) * len(row.ids) for row in rows], 0),
        text=tensor([tuple(p is not None for p in row.offsets) for row in rows], False),
    )
