"""Which way of sharing a prefix changes nothing: tried on a prompt, logits against logits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import transformers

from amplify_transformers.generate import cascade_attention
from amplify_transformers.generate.decoding import PrefixSharing, left_pad, open_rows
from amplify_transformers.models.prefix_cache import UNSHARED, Prefix, compute, trim
from amplify_transformers.models.quiet import quiet

TAIL = 48
"""How many tokens after a prefix are tried."""

WHOLE_TAIL = 512
"""How many are tried where there is no prefix."""


def choose(
    model: Any, ids: Sequence[int], rest: Sequence[int]
) -> tuple[PrefixSharing, Prefix | None]:
    """The first way by which the logits are those of the whole prompt `ids + rest`.

    With it comes the prefix of `ids` (None where there are none, or nothing can be shared). The
    model is left set up for that way. Caches of some recurrent models are copied without complaint
    and are then wrong, a sliding window counts padding, and some caches cannot be repeated: hence
    rows of several lengths, rows of one, a single row, each with a step behind.
    """
    tail = list(rest[:TAIL] if ids else rest[:WHOLE_TAIL])
    with torch.inference_mode():
        whole = torch.tensor([[*ids, *tail]], device=model.device)
        wanted = model(input_ids=whole, use_cache=False, **trim(model, 2)).logits[0, -2:]
    for way in (
        PrefixSharing.CASCADE,
        PrefixSharing.COPIES,
        PrefixSharing.EVEN,
        PrefixSharing.ALONE,
    ):
        usual = model.config._attn_implementation
        try:
            if way is not PrefixSharing.CASCADE or set_up_cascade(model):
                prefix = compute(model, ids) if ids else None
                if _agrees(*_try(model, way, prefix, tail), wanted):
                    return way, prefix
        except torch.OutOfMemoryError:
            raise
        except UNSHARED:
            pass
        if model.config._attn_implementation != usual:
            model.set_attn_implementation(usual)
    return PrefixSharing.WHOLE, None


def set_up_cascade(model: Any) -> bool:
    """Whether the model takes the attention of `cascade`; where it does, it has it now."""
    if not cascade_attention.is_shareable(transformers.DynamicCache(config=model.config)):
        return False
    cascade_attention.register()
    with quiet():
        model.set_attn_implementation(cascade_attention.NAME)
    return bool(model.config._attn_implementation == cascade_attention.NAME)


def _try(
    model: Any, way: PrefixSharing, prefix: Prefix | None, tail: list[int]
) -> tuple[torch.Tensor, list[int]]:
    """Logits of some rows; for each, whether they stand after all but the last token (0) or all."""
    short = tail[:-1] or tail
    fed = {PrefixSharing.EVEN: [short, short], PrefixSharing.ALONE: [short]}.get(way, [short, tail])
    rows = open_rows(model, way, prefix, len(fed), len(tail) + 1)
    ids, padding = left_pad(fed, model.device)
    first = rows.feed(ids, padding if bool(padding.any()) else None)[:, -1]
    after = [int(row == tail) for row in fed]
    if short == tail:
        return first, after
    if len(fed) > 1:
        rows.keep([0])
    step = torch.tensor([tail[-1:]], device=model.device)
    return torch.cat([first, rows.feed(step)[:, -1]]), [*after, 1]


def _agrees(found: torch.Tensor, after: list[int], wanted: torch.Tensor) -> bool:
    wanted = wanted[[at - 1 if len(wanted) == 1 else at for at in after]].float()
    tolerance = 1e-4 if found.dtype == torch.float32 else 5e-2
    gap = (found.float() - wanted).abs().max()
    return bool(gap <= tolerance * wanted.abs().max().clamp(min=1.0))
