"""The likeliest token is the first of the largest logits, in each precision."""

from __future__ import annotations

import pytest
import torch
from amplify_transformers.generate.greedy import likeliest


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_first_of_equal_tokens_is_taken(dtype: torch.dtype) -> None:
    logits = torch.tensor([[0.0, 3.0, 3.0, 1.0], [-2.0, -2.0, -4.0, -3.0]], dtype=dtype)
    assert likeliest(logits) == [1, 0]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_is_that_of_torch(dtype: torch.dtype) -> None:
    logits = torch.randn(9, 500, generator=torch.Generator().manual_seed(1)).to(dtype)
    assert likeliest(logits) == logits.argmax(-1).tolist()
