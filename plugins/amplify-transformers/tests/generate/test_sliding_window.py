"""Models with a sliding window: what was seen within it does not decide how longer prompts run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import transformers
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Completion, Context, Prompt, Request

SENTENCE = "the house walked quickly under seven green lamps "
SHORT, LONG = SENTENCE * 2, SENTENCE * 8
ITEMS = ["rain", "which is worse, the river or the snow", "no, the cloud", "a music window paper"]
LABELS = (" good", " bad")


def rank(local: LocalProvider, shared: str) -> list[Completion]:
    asked = [Request(Prompt(shared, item), "arm", item, 1, labels=LABELS) for item in ITEMS]
    outcomes = dict(local.complete(asked))
    assert all(isinstance(outcome, Completion) for outcome in outcomes.values()), outcomes
    return [outcomes[index] for index in range(len(ITEMS))]  # type: ignore[misc]  # asserted above


@pytest.mark.parametrize("kind", ["gemma3", "mistral"])
def test_prompts_beyond_the_window_are_right_after_prompts_within_it(
    make: Callable[..., str], kind: str
) -> None:
    folder = make(kind, "causal", sliding_window=96)
    local = LocalProvider(LocalOptions(model=folder, dtype="float32"), Context(device="cpu"))
    assert all(reply.usage and reply.usage.cached for reply in rank(local, SHORT))
    replies = rank(local, LONG)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    for item, reply in zip(ITEMS, replies, strict=True):
        start = len(tokenizer(LONG + item)["input_ids"])
        assert start > 96
        for label, logprob in reply.logprobs:
            ids = tokenizer(LONG + item + label, return_tensors="pt")["input_ids"]
            with torch.inference_mode():
                logprobs = model(input_ids=ids, use_cache=False).logits[0].log_softmax(-1)
            expected = sum(float(logprobs[at - 1, ids[0, at]]) for at in range(start, ids.shape[1]))
            assert logprob == pytest.approx(expected, abs=1e-3)
