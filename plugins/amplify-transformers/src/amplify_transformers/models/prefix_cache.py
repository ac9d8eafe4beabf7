"""The key-value cache of a prefix that several inputs share, computed once."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers

LEAST_TOKENS = 16
"""A shorter prefix is not worth a pass of its own."""
CACHE_ERRORS = (
    AttributeError,
    AssertionError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a model raises whose cache cannot be copied, repeated or continued."""


@dataclass(frozen=True)
class Prefix:
    """Token ids and the cache after them, which must not be written into; `size` is in bytes."""

    ids: tuple[int, ...]
    cache: Any
    size: int

    def copies(self, count: int) -> Any:
        """A fresh cache for `count` rows: generation writes into the cache that it is handed."""
        fresh = copy.deepcopy(self.cache)
        if count > 1:
            fresh.batch_repeat_interleave(count)
        return fresh


def copied_cache(cache: Any, rows: torch.Tensor, count: int) -> Any:
    """A fresh cache with copies of these rows of a cache of `count` rows.

    That of a single row is copied whole: the states of some models cannot be chosen from.
    """
    if count == 1 and len(rows) == 1:
        return copy.deepcopy(cache)
    fresh = copy.copy(cache)
    fresh.layers = [copy.copy(layer) for layer in cache.layers]
    fresh.batch_select_indices(rows)
    return fresh


def common_prefix(prompts: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The longest token prefix of all the prompts that is shorter than each of them.

    The prompts are whole: a text and its continuation, tokenised apart, may differ at the join.
    """
    rows = [tuple(prompt) for prompt in prompts]
    first, last = min(rows), max(rows)
    longest = min(len(prompt) for prompt in prompts) - 1
    length = 0
    while length < longest and first[length] == last[length]:
        length += 1
    return first[:length]


@torch.no_grad()
def compute_prefix(model: Any, ids: Sequence[int]) -> Prefix:
    """Run token ids through the model, and keep its cache."""
    cache = transformers.DynamicCache(config=model.config)
    model(
        input_ids=torch.tensor([list(ids)], device=model.device),
        past_key_values=cache,
        use_cache=True,
        **last_logits(model, 1),
    )
    return Prefix(tuple(ids), cache, _cache_bytes(cache))


def last_logits(model: Any, count: int, rows: int = 1, length: int = 0) -> dict[str, Any]:
    """The argument that limits a model to its last `count` logits, where it has one.

    Of several rows of `length` tokens they are named by their places: a slice of them is not
    contiguous, for which torch multiplies with a copy of the head's weights for each row.
    """
    if "logits_to_keep" not in inspect.signature(model.forward).parameters:
        return {}
    if rows == 1 or length <= count:
        return {"logits_to_keep": count}
    return {"logits_to_keep": torch.arange(length - count, length, device=model.device)}


def _cache_bytes(cache: Any) -> int:
    """The bytes that a cache's tensors take, states of any kind included."""
    total = 0
    for layer in cache.layers:
        for value in vars(layer).values():
            tensors = value.values() if isinstance(value, dict) else (value,)
            total += sum(t.nbytes for t in tensors if isinstance(t, torch.Tensor))
    return total
