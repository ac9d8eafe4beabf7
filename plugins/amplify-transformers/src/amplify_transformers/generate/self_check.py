"""Which mode of sharing a prefix changes nothing: tried on a prompt, logits against logits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import transformers

from amplify_transformers.generate import cascade_attention
from amplify_transformers.generate.decoding import SharingMode, left_pad
from amplify_transformers.generate.open_rows import open_rows
from amplify_transformers.models.prefix_cache import (
    CACHE_ERRORS,
    Prefix,
    compute_prefix,
    last_logits,
)
from amplify_transformers.models.quiet import quiet

SUFFIX_TOKENS = 48
"""How many tokens after a prefix are tried."""

PROMPT_TOKENS = 512
"""How many tokens are tried where there is no prefix."""

Attention = Callable[..., Any]


def choose_mode(
    model: Any,
    prefix_ids: Sequence[int],
    suffix_ids: Sequence[int],
    attention: Attention = cascade_attention.attend,
) -> tuple[SharingMode, Prefix | None]:
    """The first mode in which the logits are those of the whole prompt `prefix_ids + suffix_ids`.

    With it comes the prefix (None without `prefix_ids`, or where nothing can be shared). The model
    is left set up for that mode; `attention` is that of the cascade. Caches of some recurrent
    models are copied without an error and are then wrong, a sliding window counts padding, and some
    caches cannot be repeated: hence rows of several lengths, rows of one, a single row, each with a
    step behind.
    """
    suffix = list(suffix_ids[:SUFFIX_TOKENS] if prefix_ids else suffix_ids[:PROMPT_TOKENS])
    with torch.inference_mode():
        whole = torch.tensor([[*prefix_ids, *suffix]], device=model.device)
        out = model(input_ids=whole, use_cache=False, **last_logits(model, 2))
        expected = out.logits[0, -2:]
    modes = [SharingMode.CASCADE, SharingMode.COPIES, SharingMode.EVEN, SharingMode.ALONE]
    if _has_window(model):
        # Padding takes places of a sliding window, which shows only in prompts longer than it.
        modes.remove(SharingMode.COPIES)
    for mode in modes:
        usual = model.config._attn_implementation
        try:
            if mode is not SharingMode.CASCADE or set_up_cascade(model, attention):
                prefix = compute_prefix(model, prefix_ids) if prefix_ids else None
                if _agrees(*_run(model, mode, prefix, suffix), expected):
                    return mode, prefix
        except torch.OutOfMemoryError:
            raise
        except CACHE_ERRORS:
            pass
        if model.config._attn_implementation != usual:
            model.set_attn_implementation(usual)
    return SharingMode.WHOLE, None


def set_up_cascade(model: Any, attention: Attention = cascade_attention.attend) -> bool:
    """Give the model the cascade's `attention`; return whether the model takes it."""
    if not cascade_attention.can_share_prefix(transformers.DynamicCache(config=model.config)):
        return False
    cascade_attention.register(attention)
    with quiet():
        model.set_attn_implementation(cascade_attention.NAME)
    return bool(model.config._attn_implementation == cascade_attention.NAME)


def _has_window(model: Any) -> bool:
    """Whether a layer of the model attends to the latest tokens alone."""
    layers = transformers.DynamicCache(config=model.config).layers
    return any(getattr(layer, "is_sliding", False) for layer in layers)


def _run(
    model: Any, mode: SharingMode, prefix: Prefix | None, suffix: list[int]
) -> tuple[torch.Tensor, list[int]]:
    """Logits of some rows; for each, whether they stand after all but the last token (0) or all."""
    short = suffix[:-1] or suffix
    kinds = {SharingMode.EVEN: [short, short], SharingMode.ALONE: [short]}
    fed = kinds.get(mode, [short, suffix])
    rows = open_rows(model, mode, prefix, len(fed), len(suffix) + 1)
    ids, padding = left_pad(fed, model.device)
    first = rows.feed(ids, padding if bool(padding.any()) else None)[:, -1]
    after = [int(row == suffix) for row in fed]
    if short == suffix:
        return first, after
    if len(fed) > 1:
        rows.keep([0])
    step = torch.tensor([suffix[-1:]], device=model.device)
    return torch.cat([first, rows.feed(step)[:, -1]]), [*after, 1]


def _agrees(logits: torch.Tensor, after: list[int], expected: torch.Tensor) -> bool:
    rows = [at - 1 if len(expected) == 1 else at for at in after]
    wanted = expected[rows].float()
    tolerance = 1e-4 if logits.dtype == torch.float32 else 5e-2
    gap = (logits.float() - wanted).abs().max()
    return bool(gap <= tolerance * wanted.abs().max().clamp(min=1.0))
