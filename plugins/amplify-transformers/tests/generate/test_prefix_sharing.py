"""What may share a prefix does, what may not is found out; no token changes either way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import transformers
from amplify_transformers.generate import cascade_attention
from amplify_transformers.generate.decoding import PrefixSharing
from amplify_transformers.generate.provider import UNSHARED, LocalProvider
from amplify_transformers.generate.self_check import choose, set_up_cascade
from amplify_transformers.models.prefix_cache import compute
from amplify_transformers.options import LocalOptions

from amplify import Completion, Context, Prompt, Request

SHARED = "the house walked quickly under seven green lamps; " * 6 + "\n\n"
OWN = ["Is it rain?\nA:", "which is worse, the river or the snow and the cloud?\nA:", "no\nA:"]
KINDS = [
    ("llama", PrefixSharing.CASCADE),
    ("gpt2", PrefixSharing.CASCADE),
    ("bloom", PrefixSharing.COPIES),  # an attention of its own
    ("gemma3", PrefixSharing.EVEN),
    ("mistral", PrefixSharing.EVEN),  # its window, shorter than the prefix, counts padding
    ("qwen3-next", PrefixSharing.ALONE),  # linear attention cannot be repeated
    ("mamba2", PrefixSharing.WHOLE),  # a copy of its states is wrong
]


def load(folder: str) -> Any:  # transformers is untyped
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.mark.parametrize(("kind", "way"), KINDS)
def test_every_kind_of_cache_is_shared_as_far_as_it_is_exact(
    make: Callable[..., str], kind: str, way: PrefixSharing
) -> None:
    folder = make(kind, "causal")
    provider = LocalProvider(LocalOptions(model=folder), Context(device="cpu"))
    asked = [Request(Prompt(SHARED, own), "arm", own, 12) for own in OWN]
    found = dict(provider.complete(asked))
    assert provider._ways[True] is way
    tokenizer, model = transformers.AutoTokenizer.from_pretrained(folder), load(folder)
    for index, own in enumerate(OWN):
        ids = tokenizer(SHARED + own, return_tensors="pt")["input_ids"]
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=12,
            pad_token_id=0,
        )
        reply = found[index]
        assert isinstance(reply, Completion)
        assert reply.text == tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True)
        assert reply.note == (UNSHARED if way is PrefixSharing.WHOLE else "")
        assert bool(reply.usage.cached) == (way is not PrefixSharing.WHOLE)


def test_a_cache_that_is_wrong_without_complaint_is_found_out(
    make: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = load(make("llama", "causal"))
    ids, rest = list(range(20, 60)), list(range(60, 70))
    assert choose(model, ids, rest)[0] is PrefixSharing.CASCADE

    def skewed(query: Any, key: Any, value: Any, before: Any, mask: Any, scaling: Any) -> Any:
        return cascade_attention._chunked(
            query, key, value, (before[0] * 1.01, before[1]), mask, scaling
        )

    monkeypatch.setattr(cascade_attention, "_fused", skewed)
    assert choose(load(make("llama", "causal")), ids, rest)[0] is PrefixSharing.COPIES


@pytest.mark.parametrize("scores", [2**24, 1])
@pytest.mark.parametrize(("heads", "groups"), [(4, 1), (2, 2)])
def test_both_forms_of_the_cascade_are_plain_attention(
    monkeypatch: pytest.MonkeyPatch, heads: int, groups: int, scores: int
) -> None:
    monkeypatch.setattr(cascade_attention, "SCORES", scores)
    draw = torch.Generator().manual_seed(3)

    def some(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=draw)

    rows, tokens, length, own, width = 3, 2, 50, 7, 16
    before = some(1, heads, length, width), some(1, heads, length, width)
    key, value = some(rows, heads, own, width), some(rows, heads, own, width)
    query = some(rows, heads * groups, tokens, width)
    mask = torch.zeros(rows, 1, tokens, own)
    mask[1, :, :, :3] = torch.finfo(mask.dtype).min
    keys, values = (
        torch.cat([b.expand(rows, -1, -1, -1), k], 2).repeat_interleave(groups, 1)
        for b, k in zip(before, (key, value), strict=True)
    )
    whole = torch.nn.functional.pad(mask, (length, 0))
    wanted = torch.nn.functional.scaled_dot_product_attention(query, keys, values, whole)
    key.amplify_before = before
    fused = cascade_attention.attend(None, query, key, value, mask)[0].transpose(1, 2)
    torch.testing.assert_close(fused, wanted)
    grouped = query.reshape(rows, heads, groups * tokens, width)
    plain = cascade_attention._chunked(
        grouped, key, value, before, mask.repeat(1, 1, groups, 1), width**-0.5
    )
    torch.testing.assert_close(plain.reshape(wanted.shape), wanted)


def test_a_prefix_is_never_written_into(make: Callable[..., str]) -> None:
    folder = make("llama", "causal")
    provider = LocalProvider(LocalOptions(model=folder), Context(device="cpu"))
    asked = [Request(Prompt(SHARED, own), "arm", own, 12) for own in OWN]
    first = dict(provider.complete(asked))
    (kept,) = provider._shelf._kept
    fresh = compute(provider._model, kept.ids)
    for old, new in zip(kept.cache.layers, fresh.cache.layers, strict=True):
        assert torch.equal(old.keys, new.keys)
        assert torch.equal(old.values, new.values)
    again = dict(provider.complete(asked[::-1]))
    assert [again[i].text for i in (2, 1, 0)] == [first[i].text for i in range(3)]  # type: ignore[union-attr]
    assert provider._shelf._kept == [kept]


def test_a_sliding_window_is_no_cascade(make: Callable[..., str]) -> None:
    # Even where the window is wider than the prompt that is tried.
    assert not set_up_cascade(load(make("mistral", "causal", sliding_window=512)))
