"""The key-value cache of a prefix that several prompts share, computed once."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import transformers

LEAST = 16
"""A shorter prefix is not worth its own pass."""
UNSHARED = (AttributeError, RuntimeError, ValueError, TypeError, NotImplementedError)
"""What a model raises whose cache cannot be copied, repeated or continued."""


@dataclass(frozen=True)
class Prefix:
    """Token ids and the cache after them; the cache is never handed out, only copies."""

    ids: tuple[int, ...]
    cache: Any

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
    ordered = sorted(tuple(prompt) for prompt in prompts)
    first, last = ordered[0], ordered[-1]
    longest = min(len(prompt) for prompt in prompts) - 1
    length = 0
    while length < longest and first[length] == last[length]:
        length += 1
    return first[:length]


def compute(model: Any, ids: Sequence[int]) -> Prefix:
    """Run the prefix through the model."""
    cache = transformers.DynamicCache(config=model.config)
    with torch.no_grad():
        forward(model, *left_pad([ids], 0, model.device), cache)
    return Prefix(tuple(ids), cache)


def agrees(model: Any, ids: Sequence[int], prompt: Sequence[int]) -> Prefix | None:
    """The prefix of `ids`, where the logits after `prompt` are the same with it as without.

    Caches of some hybrid and recurrent models copy without complaint and are then wrong; two rows
    are run, since some cannot be repeated.
    """
    rest = list(prompt[len(ids) :])
    try:
        prefix = compute(model, ids)
        with torch.inference_mode():
            rows = left_pad([rest, rest], len(ids), model.device)
            got = forward(model, *rows, prefix.copies(2))[0]
    except UNSHARED:
        return None
    with torch.inference_mode():
        wanted = model(torch.tensor([list(prompt)], device=model.device)).logits[0, -1]
    tolerance = 1e-3 if wanted.dtype == torch.float32 else 5e-2
    close = (got - wanted).abs().max() <= tolerance * wanted.abs().max().clamp(min=1.0)
    return prefix if bool(close) else None


def left_pad(
    rows: Sequence[Sequence[int]], before: int, device: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids [rows, tokens] and their mask, which also covers the `before` cached tokens."""
    length = max(map(len, rows))
    ids = [[0] * (length - len(row)) + list(row) for row in rows]
    mask = [[1] * before + [0] * (length - len(row)) + [1] * len(row) for row in rows]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def forward(model: Any, ids: torch.Tensor, mask: torch.Tensor, cache: Any) -> torch.Tensor:
    """Logits [rows, vocabulary] after the last of `ids`; the cache takes them up.

    Positions are counted by the mask: padding between a prefix and a prompt takes none.
    """
    positions = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
    out = model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    logits: torch.Tensor = out.logits[:, -1]
    return logits
