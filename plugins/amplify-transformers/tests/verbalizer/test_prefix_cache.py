"""The verbalizer with its prompt's beginning in the model's cache, against whole prompts."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from amplify_transformers.models import onednn
from amplify_transformers.options import VerbalizerOptions
from amplify_transformers.verbalizer.label_scores import can_continue_rows
from amplify_transformers.verbalizer.proxy import Verbalizer
from known.input_gradients import assert_same, examples, gradients
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from amplify import Context

LABELS = ("yes", "no", "dreadful snow")
PROMPT = (
    "the house under the cloud was quickly seven green morning lamps. Review: {text}"
    "\nAnswer: {label}"
)
KERNELS = ["default", "onednn"] if onednn.is_available() else ["default"]


def verbalizer(folder: str, **options: object) -> Verbalizer:
    proxy = Verbalizer(
        VerbalizerOptions(model=folder, prompt=PROMPT, **options),  # type: ignore[arg-type]  # by keyword
        Context(device="cpu"),
    )
    proxy.fit([], LABELS)
    return proxy


def rows_and_tokens(proxy: Verbalizer) -> tuple[int, int]:
    """The rows that an example takes, and the tokens of the longest."""
    batches = list(proxy.batches(examples()))
    (rows,) = {batch.rows_per_example for batch in batches}
    return rows, max(batch.embeddings.shape[1] for batch in batches)


def with_settings(folder: str, copy: Path, **settings: object) -> str:
    """The same weights with further settings in the configuration."""
    shutil.copytree(folder, copy)
    config = json.loads((copy / "config.json").read_text()) | settings
    (copy / "config.json").write_text(json.dumps(config))
    return str(copy)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_a_verbalizer_with_its_prefix_cached_equals_whole_prompts(
    make: Callable[..., str], kind: str, kernel: str
) -> None:
    folder = make(kind, "causal")
    proxy = verbalizer(folder, kernel=kernel)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    words = model.get_input_embeddings()
    asked = examples()
    scores = proxy.predict(asked)
    first, last = gradients(proxy, asked, 1), gradients(proxy, asked, 2)
    before = PROMPT.split("{text}")[0]
    for index, example in enumerate(asked):
        logits, gradient = [], {}
        whole = PROMPT.replace("{text}", example.text)
        for label in LABELS:
            row = tokenizer(whole.replace("{label}", label), return_offsets_mapping=True)
            ids = torch.tensor(row["input_ids"])
            count = len(tokenizer(f" {label}")["input_ids"])
            leaf = words(ids[None]).detach().requires_grad_()
            logs = model(inputs_embeds=leaf).logits[0].log_softmax(-1)
            steps = logs[-count - 1 : -1].gather(1, ids[-count:, None])
            logits.append(steps.mean().item())
            (slope,) = torch.autograd.grad(steps.mean(), leaf)
            start, end = len(before), len(before) + len(example.text)
            of_text = [
                i for i, (a, b) in enumerate(row["offset_mapping"]) if max(a, start) < min(b, end)
            ]
            gradient[label] = (slope * leaf.detach()).sum(-1)[0, of_text]
        assert scores[index].logits == pytest.approx(logits, abs=1e-4)
        assert_same(first[index], gradient["yes"] - gradient["no"])
        assert_same(last[index], gradient["yes"] - gradient["dreadful snow"])


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_the_tokens_of_the_prefix_are_in_no_batch(make: Callable[..., str], kind: str) -> None:
    folder = make(kind, "causal")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    longest = max(len(tokenizer(PROMPT.replace("{text}", e.text))["input_ids"]) for e in examples())
    prefix = len(tokenizer(PROMPT.split(" {text}")[0])["input_ids"])
    rows, tokens = rows_and_tokens(verbalizer(folder))
    assert rows == 1
    assert prefix > 16
    assert tokens <= longest - prefix


@pytest.mark.parametrize("normalise", ["sum", "mean"])
def test_a_model_whose_cache_cannot_be_shared_gives_the_same(
    make: Callable[..., str], tmp_path: Path, normalise: str
) -> None:
    # The same weights, with a window that is wider than all prompts and without one.
    windowed = make("mistral", "causal", sliding_window=1024)
    shared = verbalizer(
        with_settings(windowed, tmp_path / "full", sliding_window=None), normalise=normalise
    )
    apart = verbalizer(windowed, normalise=normalise)
    assert rows_and_tokens(shared)[0] == 1
    assert rows_and_tokens(apart)[0] == len(LABELS)
    for got, wanted in zip(shared.predict(examples()), apart.predict(examples()), strict=True):
        assert got.logits == pytest.approx(wanted.logits, abs=1e-4)


def test_a_cache_that_is_wrong_without_an_error_is_not_used(
    make: Callable[..., str], tmp_path: Path
) -> None:
    def forgetful(module: Any, query: Any, key: Any, value: Any, mask: Any, **more: Any) -> Any:
        """Attention that forgets the values that it reads from a cache."""
        cached = key.shape[2] - query.shape[2]
        value = torch.cat([value[:, :, :cached] * 0, value[:, :, cached:]], 2)
        return sdpa_attention_forward(module, query, key, value, mask, **more)

    AttentionInterface.register("forgetful", forgetful)
    AttentionMaskInterface.register("forgetful", sdpa_mask)
    plain = make("llama", "causal")
    wrong = verbalizer(with_settings(plain, tmp_path / "wrong", attn_implementation="forgetful"))
    assert rows_and_tokens(wrong)[0] == len(LABELS)
    wanted = verbalizer(plain).predict(examples())
    for got, right in zip(wrong.predict(examples()), wanted, strict=True):
        assert got.logits == pytest.approx(right.logits, abs=1e-4)


def test_models_with_a_window_are_not_continued_row_by_row(make: Callable[..., str]) -> None:
    def model(window: int | None) -> Any:
        folder = make("mistral", "causal", sliding_window=window)
        return transformers.AutoModelForCausalLM.from_pretrained(folder)

    assert can_continue_rows(model(None))
    assert not can_continue_rows(model(1024))


def test_a_batch_with_a_cached_prefix_takes_a_multiple_of_its_rows(
    make: Callable[..., str],
) -> None:
    for batch in verbalizer(make("gpt2", "causal")).batches(examples()):
        once = batch.forward(batch.embeddings, *batch.arguments)
        inputs = [batch.embeddings, *batch.arguments]
        thrice = batch.forward(*(t.repeat(3, *[1] * (t.dim() - 1)) for t in inputs))
        assert torch.allclose(thrice, once.repeat(3, 1), atol=1e-5)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_proxy_can_be_sent_to_another_process(make: Callable[..., str], kernel: str) -> None:
    proxy = verbalizer(make("gpt2", "causal"), kernel=kernel)
    pickled = pickle.loads(pickle.dumps(proxy))  # noqa: S301  # our own, of the line itself
    for got, wanted in zip(
        gradients(pickled, examples(), 1), gradients(proxy, examples(), 1), strict=True
    ):
        assert_same(got, wanted, 1e-6)
