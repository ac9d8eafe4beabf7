"""Every explainer against what is known of it, in float64."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from amplify_captum import dropping, gradients, path
from amplify_captum.options import (
    GradientOptions,
    IntegratedOptions,
    MidpointOptions,
    OcclusionOptions,
    SamplingOptions,
)
from known import attributions as oracles
from known.attributions import bent_proxy, claims

from amplify import Context

SUM: dict[str, Any] = {"pooling": "sum"}
PRODUCT = gradients.InputXGradient(GradientOptions(**SUM), Context())
NORM = gradients.Gradient(GradientOptions(**SUM), Context())
CONTRAST = gradients.ContrastiveInputXGradient(GradientOptions(**SUM), Context())
CONTRAST_NORM = gradients.ContrastiveGradient(GradientOptions(**SUM), Context())


def integrated(**options: Any) -> path.Integrated:
    return path.Integrated(IntegratedOptions(**SUM, **options), Context())


def midpoint(**options: Any) -> path.Midpoint:
    return path.Midpoint(MidpointOptions(**SUM, **options), Context())


def drops(**options: Any) -> list[Any]:
    evaluations = options.pop("evaluations", 10)
    return [
        dropping.Occlusion(OcclusionOptions(**options), Context()),
        dropping.ShapleySampling(SamplingOptions(evaluations=evaluations, **options), Context()),
        dropping.KernelShap(SamplingOptions(evaluations=evaluations, **options), Context()),
    ]


EVERY = [NORM, PRODUCT, CONTRAST_NORM, CONTRAST, midpoint(), integrated(), *drops()]
IDS = [type(explainer).__name__ for explainer in EVERY]
every = pytest.mark.parametrize("explainer", EVERY, ids=IDS)


def part(embedding: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return embedding @ weight


def length(embedding: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return weight.norm()


def test_gradients_of_a_sum() -> None:
    oracles.linear(PRODUCT.explain, part, 1e-14)
    oracles.linear(CONTRAST.explain, part, 1e-14, contrast=True)
    oracles.linear(NORM.explain, length, 1e-14)
    oracles.linear(CONTRAST_NORM.explain, length, 1e-14, contrast=True)


@pytest.mark.parametrize("nodes", [1, 2, 16, 50])
@pytest.mark.parametrize("contrast", [False, True])
def test_integrated_gradients_of_a_sum(nodes: int, contrast: bool) -> None:
    for kind, less in (("zero", ""), ("pad", "[PAD]"), ("mask", "[MASK]")):
        made = integrated(nodes=nodes, baseline=kind, contrast=contrast)
        oracles.linear(made.explain, part, 1e-9, contrast, less)
        middle = midpoint(baseline=kind, contrast=contrast)
        oracles.linear(middle.explain, part, 1e-13, contrast, less)


def test_words_dropped_from_a_sum() -> None:
    for explainer, tolerance in zip(drops(), (1e-13, 1e-6, 1e-5), strict=True):
        oracles.linear(explainer.explain, part, tolerance)
    for explainer, tolerance in zip(drops(contrast=True), (1e-13, 1e-6, 1e-5), strict=True):
        oracles.linear(explainer.explain, part, tolerance, contrast=True)


def test_words_replaced_in_a_sum() -> None:
    """A placeholder of one token takes the place of all of a word's."""
    for name in ("[PAD]", "[MASK]"):
        for explainer, tolerance in zip(drops(placeholder=name), (1e-13, 1e-6, 1e-5), strict=True):
            oracles.linear(explainer.explain, part, tolerance, less=name, once=True)


def test_an_interaction_tells_the_methods_apart() -> None:
    for explainer in (PRODUCT, CONTRAST, drops()[0]):
        oracles.interaction(explainer.explain, (1, 1, 1), 1e-12)
    for explainer in (midpoint(), integrated(nodes=2), integrated(baseline="zero")):
        oracles.interaction(explainer.explain, (0.5, 0.5, 1), 1e-9)
    shapley, kernel = drops(evaluations=400)[1:]
    for sampled in (shapley, kernel):
        oracles.interaction(sampled.explain, (0.5, 0.5, 1), 0.05)


def test_what_promises_a_sum_keeps_it() -> None:
    proxy = bent_proxy()
    for kind in ("pad", "zero"):
        explain = integrated(baseline=kind, tolerance=1e-6).explain
        oracles.complete(
            explain, proxy, claims(), lambda c, k=kind: oracles.start_of(proxy, c, k), 1e-6
        )
    for explainer in drops()[1:]:
        oracles.complete(
            explainer.explain, proxy, claims(), lambda c: oracles.wordless(proxy, c), 1e-5
        )


def test_a_contrast_is_the_difference_of_two_attributions() -> None:
    proxy = bent_proxy()
    asked = claims()
    oracles.contrastive(PRODUCT.explain, CONTRAST.explain, proxy, asked, 1e-13)
    for make in (integrated, midpoint):
        plain, both = make().explain, make(contrast=True).explain
        oracles.contrastive(plain, both, proxy, asked, 1e-4 if make is integrated else 1e-13)
    for plain, both in list(zip(drops(), drops(contrast=True), strict=True))[:1]:
        oracles.contrastive(plain.explain, both.explain, proxy, asked, 1e-13)


@every
def test_alone_as_in_a_batch_and_in_any_order(explainer: Any) -> None:
    proxy = bent_proxy()
    tolerance = 1e-12 if explainer in EVERY[:6] else 1e-6
    oracles.single(explainer.explain, proxy, claims(), tolerance)
    oracles.ordered(explainer.explain, proxy, claims(), tolerance)


def test_products_follow_finite_differences() -> None:
    oracles.slopes(PRODUCT.explain, bent_proxy(), claims(), 1e-7)


def test_what_is_added_to_both_logits_changes_no_contrast() -> None:
    contrasts = [CONTRAST, CONTRAST_NORM, midpoint(contrast=True), *drops(contrast=True)]
    for explainer in contrasts:
        oracles.unshifted(explainer.explain, 1e-5 if explainer in contrasts[4:] else 1e-12)
    # nodes are chosen by the gap, which both have alike: the same path, the same nodes
    oracles.unshifted(integrated(contrast=True).explain, 1e-7)


@pytest.mark.parametrize(
    "explainer", [PRODUCT, midpoint(), integrated(), drops()[0]], ids=lambda one: type(one).__name__
)
def test_what_is_added_to_both_logits_changes_a_plain_attribution(explainer: Any) -> None:
    with pytest.raises(AssertionError):
        oracles.unshifted(explainer.explain, 1e-3)


@every
def test_an_unread_word_gets_nothing(explainer: Any) -> None:
    sampled = explainer is EVERY[-1]
    oracles.unread(explainer.explain, 1e-5 if sampled else 1e-9, straight=sampled)


def test_a_midpoint_costs_one_pass_for_each_batch() -> None:
    proxy = bent_proxy()
    inner, passes = proxy.score, []

    def counted(embeddings: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        passes.append(len(embeddings))
        return inner(embeddings, mask)

    proxy.score = counted
    midpoint().explain(proxy, claims())
    assert sum(passes) == len(claims())
    passes.clear()
    integrated(nodes=8, tolerance=1e9).explain(proxy, claims())
    assert sum(passes) == (8 + 2) * len(claims())
