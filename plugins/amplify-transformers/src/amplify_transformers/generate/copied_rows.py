"""Rows that each have a copy of the prefix's cache, whatever kind of cache it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers

from amplify_transformers.generate.cascade_attention import can_share_prefix
from amplify_transformers.generate.decoding import SharingMode, run_tokens
from amplify_transformers.models.prefix_cache import Prefix, copied_cache


@dataclass
class CopiedRows:
    """Rows with a copy of the prefix's cache each, whatever kind of cache it is.

    `mask` [rows, tokens] is 1 for the tokens that are seen. What it leaves out behind the prompt is
    counted by a sliding window all the same: with one, rows do not crop.
    """

    model: Any
    cache: Any
    mask: torch.Tensor
    crops: bool

    @classmethod
    def after(cls, model: Any, mode: SharingMode, prefix: Prefix | None, count: int) -> CopiedRows:
        """`count` rows after the prefix."""
        before = len(prefix.ids) if prefix else 0
        cache = prefix.copies(count) if prefix else transformers.DynamicCache(config=model.config)
        mask = torch.ones(count, before, dtype=torch.long, device=model.device)
        crops = mode is SharingMode.COPIES and can_share_prefix(cache)
        return cls(model, cache, mask, crops)

    @torch.inference_mode()
    def feed(
        self, ids: torch.Tensor, padding: torch.Tensor | None = None, last: int = 1
    ) -> torch.Tensor:
        """See `DecodingRows`."""
        length = ids.shape[1]
        new = self.mask.new_ones(len(ids), length)
        if padding is not None:
            new = (torch.arange(length, device=ids.device) >= padding[:, None]).long()
        self.mask = torch.cat([self.mask, new], 1)
        # Positions are counted by the mask: what it leaves out takes none.
        positions = (self.mask.cumsum(1) - 1).clamp(min=0)[:, -length:]
        return run_tokens(self.model, ids, self.mask, positions, self.cache, last)

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        """See `DecodingRows`."""
        indices = torch.tensor(list(rows), device=self.mask.device)
        self.cache.batch_select_indices(indices)
        self.mask = self.mask[indices]

    @torch.inference_mode()
    def crop(self, row: int, dropped: int) -> None:
        """See `DecodingRows`."""
        self.mask[row, self.mask.shape[1] - dropped :] = 0

    @torch.inference_mode()
    def copies(self, rows: Sequence[int], capacity: int) -> CopiedRows:
        """See `DecodingRows`. Buffers grow as needed: there is no `capacity`."""
        indices = torch.tensor(list(rows), device=self.mask.device)
        cache = copied_cache(self.cache, indices, len(self.mask))
        return CopiedRows(self.model, cache, self.mask[indices], self.crops)
