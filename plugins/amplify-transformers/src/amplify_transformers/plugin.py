"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator

from amplify import ProviderComponent, ProxyComponent, SelectorComponent, hookimpl


@hookimpl
def amplify_proxies() -> Iterator[ProxyComponent]:
    """The classifier and the verbalizer."""
    yield ProxyComponent(
        name="classifier",
        factory="amplify_transformers.classifier.proxy:Classifier",
        options="amplify_transformers.options:ClassifierOptions",
        offers=("predict", "gradients", "features"),
        env=("HF_TOKEN",),
        summary="an encoder or sequence classifier, fine-tuned on the training split",
    )
    yield ProxyComponent(
        name="verbalizer",
        factory="amplify_transformers.verbalizer.proxy:Verbalizer",
        options="amplify_transformers.options:VerbalizerOptions",
        offers=("predict", "gradients"),
        env=("HF_TOKEN",),
        summary="an untuned language model that scores each label's own tokens",
    )


@hookimpl
def amplify_selectors() -> Iterator[SelectorComponent]:
    """By likeness to the test item."""
    yield SelectorComponent(
        name="nearest",
        factory="amplify_transformers.neighbours.nearest:Nearest",
        options="amplify_transformers.options:NearestOptions",
        per_item=True,
        env=("HF_TOKEN",),
        summary="for each test item its nearest neighbours in the pool, by sentence embeddings",
    )
    yield SelectorComponent(
        name="ambiguous",
        factory="amplify_transformers.neighbours.ambiguous:Ambiguous",
        options="amplify_transformers.options:NeighboursOptions",
        needs=("errors", "test-probabilities"),
        per_item=True,
        env=("HF_TOKEN",),
        summary="neighbours that the LLM got wrong, between the item's two likeliest labels",
    )


@hookimpl
def amplify_providers() -> Iterator[ProviderComponent]:
    """The local language model."""
    yield ProviderComponent(
        name="local",
        factory="amplify_transformers.generate.provider:LocalProvider",
        ranks=True,
        completes=True,
        itself="transformers/verbalizer",
        options="amplify_transformers.options:LocalOptions",
        env=("HF_TOKEN",),
        summary="greedy replies of a causal language model on this machine",
    )
