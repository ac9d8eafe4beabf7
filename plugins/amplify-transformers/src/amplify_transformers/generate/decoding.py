"""Rows of tokens in a model: a prefix that they share, then each row's suffix, fed step by step."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Protocol

import torch
import transformers

from amplify_transformers.generate.cascade_attention import cascade_cache
from amplify_transformers.models.prefix_cache import Prefix, last_logits


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
    """Rows in a model."""

    def feed(
        self, ids: torch.Tensor, padding: torch.Tensor | None = None, last: int = 1
    ) -> torch.Tensor:
        """Run `ids` [rows, tokens]; return the `last` logits of each row [rows, last, vocabulary].

        `padding` [rows] is the number of padding tokens that each row begins with; it is for the
        first feed.
        """

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows only."""


def open_rows(
    model: Any, mode: SharingMode, prefix: Prefix | None, count: int, capacity: int
) -> DecodingRows:
    """`count` rows after the prefix, each for at most `capacity` tokens."""
    kind = CascadeRows if mode is SharingMode.CASCADE else CopiedRows
    return kind(model, prefix, count, capacity)


class CascadeRows:
    """Rows whose prefix is held once (`SharingMode.CASCADE`)."""

    def __init__(self, model: Any, prefix: Prefix | None, count: int, capacity: int) -> None:
        self._model = model
        layers = len(transformers.DynamicCache(config=model.config).layers)
        self._cache = cascade_cache(prefix.cache if prefix else None, layers, capacity)
        self._lowest = torch.finfo(model.dtype).min
        self._mask = torch.zeros(count, 1, 1, capacity, dtype=model.dtype, device=model.device)
        self._next = torch.full((count, 1), len(prefix.ids) if prefix else 0, device=model.device)

    @torch.inference_mode()
    def feed(
        self, ids: torch.Tensor, padding: torch.Tensor | None = None, last: int = 1
    ) -> torch.Tensor:
        """See `DecodingRows`."""
        length = ids.shape[1]
        steps = torch.arange(length, device=ids.device)
        positions = self._next + steps
        end = self._cache.get_seq_length() + length
        if padding is not None:
            positions = (positions - padding[:, None]).clamp(min=0)
            self._mask[:, 0, 0, :length] = self._lowest * (steps < padding[:, None])
        mask = self._mask[..., :end]
        if length > 1:
            mask = mask + torch.triu(mask.new_full((length, length), self._lowest), 1)
            # Padding sees itself: a row of scores that are all masked has no softmax.
            mask[:, 0, steps, steps] = 0.0
        self._next = positions[:, -1:] + 1
        return _forward(self._model, ids, mask, positions, self._cache, last)

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        """See `DecodingRows`."""
        indices = torch.tensor(list(rows), device=self._mask.device)
        self._cache.batch_select_indices(indices)
        self._mask, self._next = self._mask[indices], self._next[indices]


class CopiedRows:
    """Rows with a copy of the prefix's cache each, whatever kind of cache it is."""

    def __init__(self, model: Any, prefix: Prefix | None, count: int, capacity: int) -> None:
        self._model = model
        before = len(prefix.ids) if prefix else 0
        self._cache = (
            prefix.copies(count) if prefix else transformers.DynamicCache(config=model.config)
        )
        self._mask = torch.ones(count, before, dtype=torch.long, device=model.device)

    @torch.inference_mode()
    def feed(
        self, ids: torch.Tensor, padding: torch.Tensor | None = None, last: int = 1
    ) -> torch.Tensor:
        """See `DecodingRows`."""
        length = ids.shape[1]
        new = self._mask.new_ones(len(ids), length)
        if padding is not None:
            new = (torch.arange(length, device=ids.device) >= padding[:, None]).long()
        self._mask = torch.cat([self._mask, new], 1)
        # Positions are counted by the mask: padding between prefix and suffix takes none.
        positions = (self._mask.cumsum(1) - 1).clamp(min=0)[:, -length:]
        return _forward(self._model, ids, self._mask, positions, self._cache, last)

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        """See `DecodingRows`."""
        indices = torch.tensor(list(rows), device=self._mask.device)
        self._cache.batch_select_indices(indices)
        self._mask = self._mask[indices]


def left_pad(rows: Sequence[Sequence[int]], device: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids [rows, tokens], and how many of each row's first are padding."""
    length = max(map(len, rows))
    ids = [[0] * (length - len(row)) + list(row) for row in rows]
    padding = [length - len(row) for row in rows]
    return torch.tensor(ids, device=device), torch.tensor(padding, device=device)


def _forward(
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
        **last_logits(model, last),
    )
    logits: torch.Tensor = out.logits[:, -last:]
    return logits
