"""The cascade, fused and in chunks, is plain attention over prefix and suffix together."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from amplify_transformers.generate.cascade_attention import MAX_SCORES, attend, attend_in_chunks

ROWS, TOKENS, PREFIX, SUFFIX, WIDTH = 3, 2, 50, 7, 16
HEADS = pytest.mark.parametrize(("heads", "groups"), [(4, 1), (2, 2)])


def inputs(heads: int, groups: int) -> tuple[Any, ...]:
    """Query, key, value, the prefix's pair and the mask, and what plain attention makes of them."""
    generator = torch.Generator().manual_seed(3)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    prefix = random(1, heads, PREFIX, WIDTH), random(1, heads, PREFIX, WIDTH)
    key, value = random(ROWS, heads, SUFFIX, WIDTH), random(ROWS, heads, SUFFIX, WIDTH)
    query = random(ROWS, heads * groups, TOKENS, WIDTH)
    mask = torch.zeros(ROWS, 1, TOKENS, SUFFIX)
    mask[1, :, :, :3] = torch.finfo(mask.dtype).min
    keys, values = (
        torch.cat([part.expand(ROWS, -1, -1, -1), suffix], 2).repeat_interleave(groups, 1)
        for part, suffix in zip(prefix, (key, value), strict=True)
    )
    whole = torch.nn.functional.pad(mask, (PREFIX, 0))
    wanted = torch.nn.functional.scaled_dot_product_attention(query, keys, values, whole)
    return query, key, value, prefix, mask, wanted


@HEADS
def test_the_fused_cascade_is_plain_attention(heads: int, groups: int) -> None:
    query, key, value, prefix, mask, wanted = inputs(heads, groups)
    key.amplify_prefix = prefix
    out, _ = attend(None, query, key, value, mask)
    torch.testing.assert_close(out.transpose(1, 2), wanted)


@HEADS
@pytest.mark.parametrize("shared", [True, False])
def test_only_the_last_tokens_are_attended_for_where_these_are_wanted(
    heads: int, groups: int, shared: bool
) -> None:
    query, key, value, prefix, mask, _ = inputs(heads, groups)
    module = SimpleNamespace(num_key_value_groups=groups, is_causal=True)
    key.amplify_prefix = prefix if shared else None
    whole, _ = attend(module, query, key, value, mask)
    key.amplify_wanted = 1
    last, _ = attend(module, query, key, value, mask)
    torch.testing.assert_close(last[:, -1:], whole[:, -1:])
    assert not last[:, :-1].any()


@HEADS
@pytest.mark.parametrize("max_scores", [MAX_SCORES, 1])
def test_the_cascade_in_chunks_is_plain_attention(heads: int, groups: int, max_scores: int) -> None:
    query, key, value, prefix, mask, wanted = inputs(heads, groups)
    grouped = query.reshape(ROWS, heads, groups * TOKENS, WIDTH)
    repeated = mask.repeat(1, 1, groups, 1)
    out = attend_in_chunks(grouped, key, value, prefix, repeated, WIDTH**-0.5, max_scores)
    torch.testing.assert_close(out.reshape(wanted.shape), wanted)
