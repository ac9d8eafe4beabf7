"""What rows of tokens in a model can do, and the modes in which they share a prefix."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Protocol

import torch

from amplify_transformers.models.prefix_cache import last_logits


class SharingMode(Enum):
    """How a model's prompts can share their prefix, and run side by side, with the same logits."""

    CASCADE = "rows of any length, the prefix held once"
    COPIES = "rows of any length, each with a copy of the prefix's cache"
    EVEN = "rows of equal length, each with a copy"
    ALONE = "one row at a time, with a copy"
    WHOLE = "one row at a time, the whole prompt, by the model's own generation"

    @property
    def one_by_one(self) -> bool:
        """Whether rows run one at a time."""
        return self in (SharingMode.ALONE, SharingMode.WHOLE)


class DecodingRows(Protocol):
    """Rows in a model.

    `crops` says that they can go on from fewer tokens than were fed to them, and from an uneven
    number each; where it is False they can go on from all, by the same number of tokens each.
    """

    crops: bool

    def feed(
        self, ids: torch.Tensor, padding: torch.Tensor | None = None, last: int = 1
    ) -> torch.Tensor:
        """Run `ids` [rows, tokens]; return the `last` logits of each row [rows, last, vocabulary].

        `padding` [rows] is the number of padding tokens that each row of `ids` begins with.
        """

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows only."""

    def crop(self, row: int, dropped: int) -> None:
        """Drop the last tokens of a row, so many of them, where `crops` says that it can go on."""

    def copies(self, rows: Sequence[int], capacity: int) -> DecodingRows:
        """Copies of these rows, a row as often as it is named, for `capacity` more tokens each."""


def left_pad(rows: Sequence[Sequence[int]], device: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids [rows, tokens], and how many of each row's first are padding."""
    length = max(map(len, rows))
    ids = [[0] * (length - len(row)) + list(row) for row in rows]
    padding = [length - len(row) for row in rows]
    return torch.tensor(ids, device=device), torch.tensor(padding, device=device)


def run_tokens(
    model: Any,
    ids: torch.Tensor,
    mask: torch.Tensor,
    positions: torch.Tensor,
    cache: Any,
    last: int,
) -> torch.Tensor:
    """The `last` logits [rows, last, vocabulary] of `ids`, which `cache` takes up."""
    out = model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
        **last_logits(model, last, *ids.shape),
    )
    logits: torch.Tensor = out.logits[:, -last:]
    return logits
