"""Attention over a prefix that all rows share, held once, and over each row's suffix.

The two parts are attended to apart and joined by their log-sum-exp (as in Juravsky et al. 2024,
"Hydragen"): the prefix is one matrix for all rows, neither copied nor read for each. It comes to a
model through transformers' own attention interface.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn.functional import pad
from transformers import AttentionInterface, AttentionMaskInterface, Cache
from transformers.cache_utils import DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

NAME = "amplify_cascade"
"""What the attention is called in transformers' interface."""

MAX_SCORES = 2**24
"""The most scores that are held at a time where no fused kernel joins the parts."""

Pair = tuple[torch.Tensor, torch.Tensor]
"""Keys and values."""


class CascadeLayer(DynamicLayer):  # type: ignore[no-untyped-call]  # transformers is half typed
    """A layer's keys and values: `prefix` [1, heads, tokens, width], and those of the suffixes.

    The prefix is never written into. The suffixes' are kept in buffers of `capacity` tokens for
    `count` rows, so that a step copies only its new tokens. A step may run the rows part by part:
    `part` is the one that is run, and `advance` ends the step. `wanted` is how many of a step's
    last tokens are attended for; None: all.
    """

    keys: Any
    values: Any

    def __init__(self, prefix: Pair | None, count: int, capacity: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # transformers gives it no types
        self.prefix = prefix
        self.count = count
        self.capacity = capacity
        self.length = 0
        self.part = slice(None)
        self.wanted: int | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Take up new tokens of the `part`; return the keys and values of its suffixes.

        The keys carry the prefix, and how many tokens are wanted.
        """
        if not self.is_initialized:
            self.keys = self._buffer(key_states)
            self.values = self._buffer(value_states)
            self.is_initialized = True
        end = self.length + key_states.shape[-2]
        self.keys[self.part, :, self.length : end] = key_states
        self.values[self.part, :, self.length : end] = value_states
        keys: Any = self.keys[self.part, :, :end]
        keys.amplify_prefix, keys.amplify_wanted = self.prefix, self.wanted
        return keys, self.values[self.part, :, :end]

    def _buffer(self, states: torch.Tensor) -> torch.Tensor:
        return states.new_empty(self.count, states.shape[1], self.capacity, states.shape[-1])

    def advance(self, tokens: int) -> None:
        """End a step in which each row took up so many tokens."""
        self.length += tokens

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        """Go on with these rows: what is filled of their buffers is copied."""
        kept = self.copies(indices, self.capacity - self.length)
        self.keys, self.values, self.count = kept.keys, kept.values, kept.count

    def copies(self, rows: torch.Tensor, capacity: int) -> CascadeLayer:
        """A layer with copies of these rows, for `capacity` more tokens."""
        return self._of([part[rows] for part in self.suffixes], self.length + capacity)

    def _of(self, suffixes: Sequence[torch.Tensor], capacity: int) -> CascadeLayer:
        """A layer behind the same prefix, with these keys and values."""
        layer = CascadeLayer(self.prefix, len(suffixes[0]), capacity)
        layer.update(*suffixes)
        layer.advance(suffixes[0].shape[2])
        return layer

    @classmethod
    def joined(cls, layers: Sequence[CascadeLayer], capacity: int) -> CascadeLayer:
        """The rows of layers that have one prefix, for at most `capacity` tokens each.

        Rows of shorter layers have zeros at their end, which are to be masked.
        """
        longest = max(layer.length for layer in layers)
        suffixes = [
            torch.cat([pad(part, (0, 0, 0, longest - part.shape[2])) for part in parts])
            for parts in zip(*(layer.suffixes for layer in layers), strict=True)
        ]
        return layers[0]._of(suffixes, capacity)

    @property
    def suffixes(self) -> Pair:
        """The keys and values of the suffixes."""
        return self.keys[:, :, : self.length], self.values[:, :, : self.length]

    def get_seq_length(self) -> int:
        """How many tokens the suffixes have, padding included."""
        return self.length


def can_share_prefix(cache: Any) -> bool:
    """Whether every layer of a cache holds all its tokens, so that a prefix can be set apart."""
    return bool(cache.layers) and all(type(layer) is DynamicLayer for layer in cache.layers)


def cascade_cache(prefix: Any, layers: int, count: int, capacity: int) -> Any:
    """A cache for `count` suffixes, of at most `capacity` tokens each, after `prefix`, if any."""
    pairs = [None] * layers if prefix is None else [(x.keys, x.values) for x in prefix.layers]
    return Cache(layers=[CascadeLayer(pair, count, capacity) for pair in pairs])


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
    """Attention [rows, tokens, heads, width]: a cascade where `key` carries a prefix, else sdpa.

    An attention function of transformers' interface. The mask of a cascade is additive,
    [rows, 1, tokens, suffix tokens]. Where `key` says that the last tokens alone are wanted, the
    others get zeros.
    """
    wanted = getattr(key, "amplify_wanted", None) or query.shape[2]
    if wanted < query.shape[2] and attention_mask is not None:
        last, _ = attend(
            module,
            query[:, :, -wanted:],
            key,
            value,
            attention_mask[:, :, -wanted:],
            scaling,
            dropout,
            **kwargs,
        )
        return pad(last, (0, 0, 0, 0, query.shape[2] - wanted, 0)), None
    prefix = getattr(key, "amplify_prefix", None)
    if prefix is None:
        output: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout, scaling, **kwargs
        )
        return output
    unknown = [k for k in ("softcap", "s_aux", "position_bias") if kwargs.get(k) is not None]
    if unknown or attention_mask is None:
        raise NotImplementedError(f"no cascade with {unknown or 'an implied mask'}")
    rows, heads, tokens, width = query.shape
    groups = heads // key.shape[1]
    scaling = width**-0.5 if scaling is None else scaling
    grouped = query.reshape(rows, key.shape[1], groups * tokens, width)
    mask = attention_mask.repeat(1, 1, groups, 1) if groups > 1 else attention_mask
    fused = query.device.type == "cpu" and value.shape[-1] == width
    join = attend_fused if fused else attend_in_chunks
    out = join(grouped, key, value, prefix, mask, scaling)
    return out.reshape(rows, heads, tokens, -1).transpose(1, 2).contiguous(), None


def attend_fused(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    prefix: Pair,
    mask: torch.Tensor,
    scaling: float,
) -> torch.Tensor:
    """By torch's own kernel for the CPU, which also gives the log-sum-exp of the scores."""
    flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    rows, heads, tokens, width = query.shape
    flat = query.transpose(0, 1).reshape(1, heads, rows * tokens, width)
    shared, shared_sum = flash(flat, *prefix, scale=scaling)
    shared = shared.view(heads, rows, tokens, width).transpose(0, 1)
    shared_sum = shared_sum.view(heads, rows, tokens).transpose(0, 1)
    suffix, suffix_sum = flash(query, key, value, attn_mask=mask, scale=scaling)
    weight = torch.sigmoid(suffix_sum - shared_sum).unsqueeze(-1).to(suffix.dtype)
    return torch.lerp(shared, suffix, weight)


def attend_in_chunks(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    prefix: Pair,
    mask: torch.Tensor,
    scaling: float,
    max_scores: int = MAX_SCORES,
) -> torch.Tensor:
    """By one softmax over the scores of both parts, of at most `max_scores` scores at a time."""
    keys, values = prefix[0][0], prefix[1][0]
    rows, heads, tokens, width = query.shape
    length = keys.shape[1]
    size = max(1, max_scores // (heads * tokens * (length + key.shape[2])))
    outputs = []
    for start in range(0, rows, size):
        chunk = slice(start, start + size)
        scaled = query[chunk] * scaling
        flat = scaled.transpose(0, 1).reshape(heads, -1, width)
        shared = (flat @ keys.transpose(1, 2)).view(heads, -1, tokens, length).transpose(0, 1)
        suffix = scaled @ key[chunk].transpose(2, 3) + mask[chunk]
        weights = torch.cat([shared, suffix], -1).softmax(-1, dtype=torch.float32).to(query.dtype)
        first = weights[..., :length].transpose(0, 1).reshape(heads, -1, length) @ values
        first = first.view(heads, -1, tokens, values.shape[-1]).transpose(0, 1)
        outputs.append(first + weights[..., length:] @ value[chunk])
    return torch.cat(outputs)


def register(attention: Callable[..., Any] = attend) -> None:
    """Make `attention` known to transformers as `NAME`, in place of any before it."""
    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
