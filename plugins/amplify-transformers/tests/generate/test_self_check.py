"""A prefix is shared as far as that is exact: each kind of cache gets the mode that it can have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import transformers
from amplify_transformers.generate import cascade_attention
from amplify_transformers.generate.decoding import SharingMode
from amplify_transformers.generate.self_check import choose_mode, set_up_cascade

PREFIX, SUFFIX = list(range(20, 60)), list(range(60, 70))
MODES = [
    ("llama", SharingMode.CASCADE),
    ("gpt2", SharingMode.CASCADE),
    ("bloom", SharingMode.COPIES),  # an attention of its own
    ("gemma3", SharingMode.EVEN),
    ("mistral", SharingMode.EVEN),  # its window, shorter than the prefix, counts padding
    ("qwen3-next", SharingMode.ALONE),  # linear attention cannot be repeated
    ("mamba2", SharingMode.WHOLE),  # a copy of its states is wrong
]


def load(folder: str) -> Any:  # transformers is untyped
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_each_kind_of_cache_gets_the_first_mode_that_is_exact(
    make: Callable[..., str], kind: str, mode: SharingMode
) -> None:
    assert choose_mode(load(make(kind, "causal")), PREFIX, SUFFIX)[0] is mode


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_bfloat16_shares_a_prefix_too(make: Callable[..., str], kind: str) -> None:
    model = load(make(kind, "causal")).to(torch.bfloat16)
    assert choose_mode(model, PREFIX, SUFFIX)[0] is SharingMode.CASCADE


def test_a_cascade_that_is_wrong_without_an_error_is_not_used(make: Callable[..., str]) -> None:
    def skewed(module: Any, query: Any, key: Any, *arguments: Any, **more: Any) -> Any:
        keys, values = key.amplify_prefix
        key.amplify_prefix = keys * 1.01, values
        return cascade_attention.attend(module, query, key, *arguments, **more)

    def with_prefix(module: Any, query: Any, key: Any, *arguments: Any, **more: Any) -> Any:
        has_prefix = getattr(key, "amplify_prefix", None) is not None
        attention = skewed if has_prefix else cascade_attention.attend
        return attention(module, query, key, *arguments, **more)

    model = load(make("llama", "causal"))
    assert choose_mode(model, PREFIX, SUFFIX, with_prefix)[0] is SharingMode.COPIES


def test_a_sliding_window_is_no_cascade(make: Callable[..., str]) -> None:
    # Even where the window is wider than the prompt that is tried.
    assert not set_up_cascade(load(make("mistral", "causal", sliding_window=512)))
