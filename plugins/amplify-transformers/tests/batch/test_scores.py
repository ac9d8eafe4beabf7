"""Scores from batches: the same in any company, kept for equal inputs, near in half precision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product

import pytest
import torch
from amplify_transformers.batch.scores import MANY, LogitsCache
from amplify_transformers.classifier.proxy import Classifier
from amplify_transformers.options import ClassifierOptions, VerbalizerOptions
from amplify_transformers.verbalizer.proxy import Verbalizer
from known.input_gradients import assert_same, examples, gradients

from amplify import Context, Example, GradientProxy

NAMES = ("bad", "good")
CONTEXT = Context(device="cpu")
PROMPT = (
    "the house under the cloud was quickly seven green morning lamps. Review: {text}"
    "\nAnswer: {label}"
)


def proxy_and_model(
    make: Callable[..., str], kind: str, context: Context = CONTEXT, **options: object
) -> tuple[GradientProxy, torch.nn.Module]:
    if kind == "bert":
        names = {"id2label": dict(enumerate(NAMES)), "label2id": {"bad": 0, "good": 1}}
        classifier = Classifier(
            ClassifierOptions(model=make("bert", "labels", **names), epochs=0, **options),  # type: ignore[arg-type]  # by keyword
            context,
        )
        classifier.fit([], NAMES)
        return classifier, classifier.fitted.network.backbone
    verbalizer = Verbalizer(
        VerbalizerOptions(model=make(kind, "causal"), prompt=PROMPT, **options),  # type: ignore[arg-type]  # by keyword
        context,
    )
    verbalizer.fit([], ("yes", "no", "dreadful snow"))
    return verbalizer, verbalizer.model


def all_equal(got: Sequence[torch.Tensor], wanted: Sequence[torch.Tensor]) -> None:
    for values, right in zip(got, wanted, strict=True):
        assert_same(values, right, 2e-5)


@pytest.mark.parametrize("kind", ["bert", "gpt2", "llama"])
def test_neither_order_nor_company_changes_an_answer(make: Callable[..., str], kind: str) -> None:
    proxy, _ = proxy_and_model(make, kind, token_budget=200)
    together = gradients(proxy, examples(), 1)
    all_equal(gradients(proxy, examples()[::-1], 1)[::-1], together)
    all_equal([gradients(proxy, [example], 1)[0] for example in examples()], together)


@pytest.mark.parametrize("kind", ["bert", "gpt2", "llama"])
def test_another_attention_does_not_change_an_answer(make: Callable[..., str], kind: str) -> None:
    proxy, model = proxy_and_model(make, kind, token_budget=200)
    usual = gradients(proxy, examples(), 1)
    model.set_attn_implementation("eager")  # type: ignore[operator]  # transformers' own
    all_equal(gradients(proxy, examples(), 1), usual)


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_an_input_that_was_scored_is_not_run_again(make: Callable[..., str], kind: str) -> None:
    proxy, model = proxy_and_model(make, kind)
    runs: list[int] = []
    model.register_forward_hook(lambda *_: runs.append(1))
    asked = examples()
    first = proxy.predict(asked)
    assert runs
    del runs[:]
    again = proxy.predict([*asked[::-1], *asked])
    assert not runs
    assert [s.logits for s in again[len(asked) :]] == [s.logits for s in first]


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_scores_together_are_those_one_by_one(make: Callable[..., str], kind: str) -> None:
    together = proxy_and_model(make, kind)[0].predict(examples())
    alone, _ = proxy_and_model(make, kind)
    for scores, example in zip(together, examples(), strict=True):
        assert scores.logits == pytest.approx(alone.predict([example])[0].logits, abs=1e-5)


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_bfloat16_stays_near(make: Callable[..., str], kind: str) -> None:
    asked: list[Example] = examples()
    exact, half = (proxy_and_model(make, kind, dtype=d)[0] for d in ("float32", "bfloat16"))
    wanted, got = (torch.cat(gradients(proxy, asked, 1)) for proxy in (exact, half))
    assert not torch.equal(got, wanted)
    assert torch.corrcoef(torch.stack([wanted, got]))[0, 1] > 0.98


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_bfloat16_is_handed_out_as_float32(make: Callable[..., str], kind: str) -> None:
    proxy, model = proxy_and_model(make, kind, dtype="bfloat16")
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    for batch in proxy.batches(examples()):
        assert batch.embeddings.dtype == torch.float32
        assert batch.forward(batch.embeddings, *batch.arguments).dtype == torch.float32


def test_the_cache_of_logits_loses_what_was_used_longest_ago() -> None:
    cache = LogitsCache(2)
    cache.put("a", (1.0,))
    cache.put("b", (2.0,))
    assert cache.get("a") == (1.0,)
    cache.put("c", (3.0,))
    assert cache.get("b") is None
    assert cache.get("a") == (1.0,)
    assert len(cache) == 2


@pytest.mark.parametrize("kind", ["bert", "llama"])
def test_many_texts_are_counted_as_they_are_scored(make: Callable[..., str], kind: str) -> None:
    seen: list[tuple[str, int | None]] = []
    counts: list[int] = []

    @contextmanager
    def show(phase: str, total: int | None) -> Iterator[Callable[..., None]]:
        seen.append((phase, total))
        yield lambda count=1: counts.append(count)

    proxy, _ = proxy_and_model(make, kind, Context(device="cpu", show=show), token_budget=400)
    words = product(("green", "seven"), repeat=7)
    texts = [Example(str(n), " ".join(of_text), "") for n, of_text in enumerate(words)]
    proxy.predict(texts[: MANY - 1])
    assert seen == []
    proxy.predict(texts[MANY : 2 * MANY])
    assert seen == [("score texts by the proxy", MANY)]
    assert (sum(counts), len(counts) > 1) == (MANY, True)
