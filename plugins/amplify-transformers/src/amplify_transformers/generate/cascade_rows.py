"""Rows behind a prefix that is held once: each has its own suffix, fed step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from torch.nn.functional import pad
from transformers import Cache

from amplify_transformers.generate.cascade_attention import CascadeLayer, cascade_cache
from amplify_transformers.generate.decoding import run_tokens
from amplify_transformers.models.prefix_cache import Prefix

PASS_TOKENS = 1024
"""The most tokens that a processor runs at a time, in whole rows: what a layer makes of more leaves
its caches. A longer row runs alone."""


@dataclass
class CascadeRows:
    """Rows whose prefix is held once (`SharingMode.CASCADE`).

    `mask` [rows, 1, 1, capacity] is added to the scores, `position` [rows, 1] that of the next
    token.
    """

    model: Any
    cache: Any
    mask: torch.Tensor
    position: torch.Tensor
    crops: bool = True

    @classmethod
    def after(cls, model: Any, prefix: Prefix | None, count: int, capacity: int) -> CascadeRows:
        """`count` rows after the prefix, each for at most `capacity` tokens."""
        layers = len(transformers.DynamicCache(config=model.config).layers)
        return cls(
            model,
            cascade_cache(prefix.cache if prefix else None, layers, count, capacity),
            torch.zeros(count, 1, 1, capacity, dtype=model.dtype, device=model.device),
            torch.full((count, 1), len(prefix.ids) if prefix else 0, device=model.device),
        )

    @torch.inference_mode()
    def feed(
        self, ids: torch.Tensor, padding: torch.Tensor | None = None, last: int = 1
    ) -> torch.Tensor:
        """See `DecodingRows`."""
        length = ids.shape[1]
        steps = torch.arange(length, device=ids.device)
        start = self.cache.get_seq_length()
        lowest = torch.finfo(self.mask.dtype).min
        positions = self.position + steps
        if padding is not None:
            positions = (positions - padding[:, None]).clamp(min=0)
            self.mask[:, 0, 0, start : start + length] = lowest * (steps < padding[:, None])
        mask = self.mask[..., : start + length]
        if length > 1:
            mask = mask + torch.triu(mask.new_full((length, start + length), lowest), start + 1)
            # Padding sees itself: a row of scores that are all masked has no softmax.
            mask[:, 0, steps, start + steps] = 0.0
        self.position = positions[:, -1:] + 1
        return self._forward(ids, mask, positions, last)

    @torch.inference_mode()
    def feed_tree(
        self, ids: torch.Tensor, steps: torch.Tensor, visible: torch.Tensor, last: int
    ) -> torch.Tensor:
        """Run `ids` of which each sees its own choice of the others; no feed can follow.

        `steps` [rows, tokens] are their places counted from the row's next token, `visible`
        [rows, tokens, tokens] says which of them each sees, itself included. All see what was fed
        before.
        """
        device, length = self.mask.device, ids.shape[1]
        start = self.cache.get_seq_length()
        mask = self.mask[..., : start + length].repeat(1, 1, length, 1)
        mask[:, 0, :, start:].masked_fill_(~visible.to(device), torch.finfo(mask.dtype).min)
        positions = (self.position + steps.to(device)).clamp(min=0)
        return self._forward(ids.to(device), mask, positions, last)

    def _forward(
        self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, last: int
    ) -> torch.Tensor:
        layers, (rows, length) = self.cache.layers, ids.shape
        # Behind the last layer no token looks at another one: it attends for the wanted alone.
        layers[-1].wanted = last
        most = max(1, PASS_TOKENS // length) if ids.device.type == "cpu" else rows
        size = -(-rows // -(-rows // most))  # in parts of about as many rows
        logits = []
        for start in range(0, rows, size):
            part = slice(start, start + size)
            for layer in layers:
                layer.part = part
            of_part = (ids[part], mask[part], positions[part])
            logits.append(run_tokens(self.model, *of_part, self.cache, last))
        for layer in layers:
            layer.advance(length)
        # Logits are large: those of a single part are not copied.
        return torch.cat(logits) if len(logits) > 1 else logits[0]

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        """See `DecodingRows`."""
        indices = torch.tensor(list(rows), device=self.mask.device)
        self.cache.batch_select_indices(indices)
        self.mask, self.position = self.mask[indices], self.position[indices]

    @torch.inference_mode()
    def crop(self, row: int, dropped: int) -> None:
        """See `DecodingRows`."""
        end = self.cache.get_seq_length()
        self.mask[row, ..., end - dropped : end] = torch.finfo(self.mask.dtype).min
        self.position[row] -= dropped

    @torch.inference_mode()
    def copies(self, rows: Sequence[int], capacity: int) -> CascadeRows:
        """See `DecodingRows`."""
        indices = torch.tensor(list(rows), device=self.mask.device)
        end = self.cache.get_seq_length()
        cache = Cache(layers=[layer.copies(indices, capacity) for layer in self.cache.layers])
        mask = self.mask.new_zeros(len(indices), 1, 1, end + capacity)
        mask[..., :end] = self.mask[indices, ..., :end]
        return CascadeRows(self.model, cache, mask, self.position[indices])

    @classmethod
    @torch.inference_mode()
    def joined(cls, parts: Sequence[CascadeRows], capacity: int) -> CascadeRows:
        """The rows of all parts, which stand behind one prefix, for `capacity` more tokens each."""
        longest = max(part.cache.get_seq_length() for part in parts)
        lowest = torch.finfo(parts[0].mask.dtype).min
        masks = []
        for part in parts:
            end = part.cache.get_seq_length()
            mask = pad(part.mask[..., :end], (0, longest - end), value=lowest)
            masks.append(pad(mask, (0, capacity)))
        layers = zip(*(part.cache.layers for part in parts), strict=True)
        return cls(
            parts[0].model,
            Cache(layers=[CascadeLayer.joined(layer, longest + capacity) for layer in layers]),
            torch.cat(masks),
            torch.cat([part.position for part in parts]),
        )
