"""The key-value cache of a prefix that several prompts share, computed once."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers

LEAST = 16
"""A shorter prefix is not worth its own pass."""
UNSHARED = (
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
    """Token ids and the cache after them, which nobody may write into; `size` is in bytes."""

    ids: tuple[int, ...]
    cache: Any
    size: int

    def copies(self, count: int) -> Any:
        """A fresh cache for `count` rows: generation writes into the one that it gets."""
        fresh = copy.deepcopy(self.cache)
        if count > 1:
            fresh.batch_repeat_interleave(count)
        return fresh


def common(prompts: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The longest token prefix that all the prompts share and that is the whole of none.

    It is taken of whole prompts: a text and its continuation, tokenised apart, may differ at the
    join.
    """
    every = [tuple(prompt) for prompt in prompts]
    first, last = min(every), max(every)
    longest = min(len(prompt) for prompt in prompts) - 1
    length = 0
    while length < longest and first[length] == last[length]:
        length += 1
    return first[:length]


@torch.no_grad()
def compute(model: Any, ids: Sequence[int]) -> Prefix:
    """Run the prefix through the model."""
    cache = transformers.DynamicCache(config=model.config)
    model(
        input_ids=torch.tensor([list(ids)], device=model.device),
        past_key_values=cache,
        use_cache=True,
        **trim(model, 1),
    )
    return Prefix(tuple(ids), cache, measure(cache))


def measure(cache: Any) -> int:
    """The bytes that a cache's tensors take, states of any kind included."""
    total = 0
    for layer in cache.layers:
        for value in vars(layer).values():
            held = value.values() if isinstance(value, dict) else (value,)
            total += sum(t.nbytes for t in held if isinstance(t, torch.Tensor))
    return total


def trim(model: Any, last: int) -> dict[str, int]:
    """What asks a model for its last logits only, where it can be asked."""
    known = "logits_to_keep" in inspect.signature(model.forward).parameters
    return {"logits_to_keep": last} if known else {}
