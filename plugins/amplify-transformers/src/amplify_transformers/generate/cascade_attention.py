"""Attention over a prefix that all rows share, held once, and each row's own tokens.

The two parts are attended to apart and joined by their log-sum-exp (as in Juravsky et al. 2024,
"Hydragen"): the prefix is one matrix for all rows, neither copied nor read for each. It comes to a
model through transformers' own attention interface.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface, Cache
from transformers.cache_utils import DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "amplify_cascade"
"""What the attention is called in transformers' interface."""

SCORES = 2**24
"""The most scores that are held at a time where no fused kernel joins the parts."""


Pair = tuple[torch.Tensor, torch.Tensor]
"""Keys and values."""


class CascadeLayer(DynamicLayer):  # type: ignore[no-untyped-call]  # transformers is half typed
    """A layer's keys and values: `before` of the prefix, [1, heads, tokens, width], never written.

    The rows' own are kept in buffers of `room` tokens, so that a step copies nothing but its own.
    """

    keys: Any
    values: Any

    def __init__(self, before: Pair | None, room: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.before = before
        self.room = room
        self.length = 0

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Take up new tokens; the rows' own keys and values, which carry those of the prefix."""
        if not self.is_initialized:
            rows, heads = key_states.shape[:2]
            self.keys = key_states.new_empty(rows, heads, self.room, key_states.shape[-1])
            self.values = value_states.new_empty(rows, heads, self.room, value_states.shape[-1])
            self.is_initialized = True
        end = self.length + key_states.shape[-2]
        self.keys[:, :, self.length : end] = key_states
        self.values[:, :, self.length : end] = value_states
        self.length = end
        keys: Any = self.keys[:, :, :end]
        keys.amplify_before = self.before
        return keys, self.values[:, :, :end]

    def get_seq_length(self) -> int:
        """How many own tokens a row has, padding included."""
        return self.length


def is_shareable(cache: Any) -> bool:
    """Whether every layer of a cache holds all its tokens, so that a prefix can be set apart."""
    return bool(cache.layers) and all(type(layer) is DynamicLayer for layer in cache.layers)


def cascade(prefix: Any, layers: int, room: int) -> Any:
    """A cache for rows of at most `room` own tokens after the prefix's cache (None: no prefix)."""
    before = [None] * layers if prefix is None else [(x.keys, x.values) for x in prefix.layers]
    return Cache(layers=[CascadeLayer(pair, room) for pair in before])


def attend(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """[rows, tokens, heads, width]: sdpa's own, or the cascade where keys carry a prefix.

    The mask of a cascade is additive, [rows, 1, tokens, own tokens].
    """
    before = getattr(key, "amplify_before", None)
    if before is None:
        found: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout, scaling, **kwargs
        )
        return found
    odd = [k for k in ("softcap", "s_aux", "position_bias") if kwargs.get(k) is not None]
    if odd or attention_mask is None:
        raise NotImplementedError(f"no cascade with {odd or 'an implied mask'}")
    rows, heads, tokens, width = query.shape
    groups = heads // key.shape[1]
    scaling = width**-0.5 if scaling is None else scaling
    own = query.reshape(rows, key.shape[1], groups * tokens, width)
    mask = attention_mask.repeat(1, 1, groups, 1) if groups > 1 else attention_mask
    fused = query.device.type == "cpu" and value.shape[-1] == width
    join = _fused if fused else _chunked
    out = join(own, key, value, before, mask, scaling)
    return out.reshape(rows, heads, tokens, -1).transpose(1, 2).contiguous(), None


def _fused(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    before: Pair,
    mask: torch.Tensor,
    scaling: float,
) -> torch.Tensor:
    """By torch's own kernel for the CPU, which also gives the log-sum-exp of the scores."""
    flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    rows, heads, tokens, width = query.shape
    flat = query.transpose(0, 1).reshape(1, heads, rows * tokens, width)
    shared, shared_sum = flash(flat, *before, scale=scaling)
    shared = shared.view(heads, rows, tokens, width).transpose(0, 1)
    shared_sum = shared_sum.view(heads, rows, tokens).transpose(0, 1)
    own, own_sum = flash(query, key, value, attn_mask=mask, scale=scaling)
    weight = torch.sigmoid(own_sum - shared_sum).unsqueeze(-1).to(own.dtype)
    return torch.lerp(shared, own, weight)


def _chunked(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    before: Pair,
    mask: torch.Tensor,
    scaling: float,
) -> torch.Tensor:
    """By one softmax over the scores of both parts, some rows at a time."""
    keys, values = before[0][0], before[1][0]
    rows, heads, tokens, width = query.shape
    length = keys.shape[1]
    size = max(1, SCORES // (heads * tokens * (length + key.shape[2])))
    parts = []
    for at in range(0, rows, size):
        some = slice(at, at + size)
        asked = query[some] * scaling
        flat = asked.transpose(0, 1).reshape(heads, -1, width)
        shared = (flat @ keys.transpose(1, 2)).view(heads, -1, tokens, length).transpose(0, 1)
        own = asked @ key[some].transpose(2, 3) + mask[some]
        weights = torch.cat([shared, own], -1).softmax(-1, dtype=torch.float32).to(query.dtype)
        first = weights[..., :length].transpose(0, 1).reshape(heads, -1, length) @ values
        first = first.view(heads, -1, tokens, values.shape[-1]).transpose(0, 1)
        parts.append(first + weights[..., length:] @ value[some])
    return torch.cat(parts)


def register() -> None:
    """Make the attention known to transformers, by its name; again is the same."""
    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, sdpa_mask)
