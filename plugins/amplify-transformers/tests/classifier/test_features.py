"""What the last layer reads: with the scores it gives the gradient that torch computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from amplify_transformers.classifier.last_input import LastInput
from amplify_transformers.classifier.proxy import Classifier
from amplify_transformers.options import ClassifierOptions
from torch import nn

from amplify import Context, Example, Option, PlanError, PluginError

LABELS = ("bad", "good")
TEXTS = ("seven green lamps", "the dreadful house", "a splendid river", "gloomy", "lovely music")
EXAMPLES = [Example(str(n), text, LABELS[n % 2]) for n, text in enumerate(TEXTS)]


def fitted(folder: str, train: list[Example], kernel: Any = "auto") -> Classifier:
    options = ClassifierOptions(model=folder, epochs=1, learning_rate=1e-3, kernel=kernel)
    proxy = Classifier(options, Context(device="cpu"))
    proxy.fit(train, LABELS)
    return proxy


def by_torch(proxy: Classifier, examples: list[Example]) -> torch.Tensor:
    """The gradient of each example's loss by weight and bias of the head, by autograd."""
    head: Any = proxy.fitted.network.head
    rows: list[torch.Tensor] = [torch.empty(0)] * len(examples)
    for batch in proxy.batches(examples):
        for place, index in enumerate(batch.indices):
            head.requires_grad_(True)
            head.zero_grad()
            logits = batch.forward(batch.embeddings, *batch.arguments)[place]
            label = torch.tensor(LABELS.index(examples[index].label))
            nn.functional.cross_entropy(logits, label).backward()
            rows[index] = torch.cat([head.weight.grad, head.bias.grad[:, None]], dim=1).ravel()
    head.requires_grad_(False)
    return torch.stack(rows)


def in_closed_form(proxy: Classifier, examples: list[Example]) -> torch.Tensor:
    """The same from the scores and from what the head reads."""
    rows = []
    for example, scores, vector in zip(
        examples, proxy.predict(examples), proxy.features(examples), strict=True
    ):
        residual = torch.tensor(scores.probabilities)
        residual[LABELS.index(example.label)] -= 1
        rows.append(torch.outer(residual, torch.tensor([*vector, 1.0])).ravel())
    return torch.stack(rows)


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
def test_features_and_scores_give_the_gradient_of_the_last_layer(
    make: Callable[..., str], kind: str
) -> None:
    proxy = fitted(make(kind), EXAMPLES, "default")
    torch.testing.assert_close(
        in_closed_form(proxy, EXAMPLES), by_torch(proxy, EXAMPLES), atol=1e-4, rtol=1e-3
    )


def test_features_are_those_of_the_example_in_any_order(make: Callable[..., str]) -> None:
    proxy = fitted(make("bert"), EXAMPLES)
    forwards, backwards = proxy.features(EXAMPLES), proxy.features(EXAMPLES[::-1])[::-1]
    for one, same in zip(forwards, backwards, strict=True):
        assert one == pytest.approx(same, abs=1e-4)
    assert len(set(forwards)) == len(EXAMPLES)


def test_items_that_list_options_have_no_single_vector(make: Callable[..., str]) -> None:
    text = "which is worse? (A) rain (B) snow"
    options = (Option("(A)", 20, 24), Option("(B)", 29, 33))
    listed = [Example(str(n), text, options[n % 2].label, options) for n in range(4)]
    proxy = fitted(make("bert"), listed)
    with pytest.raises(PlanError, match="no single vector of features"):
        proxy.features(listed)


def test_a_network_whose_scores_are_not_linear_is_refused() -> None:
    class Squared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            scores: torch.Tensor = self.layer(values) ** 2
            return scores

    network = Squared()
    with LastInput(network) as last, pytest.raises(PluginError, match="linear last layer"):
        last.vectors(network(torch.ones(1, 2)))
