"""Each oracle catches an attribution that is wrong in the way that it is there for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from amplify_captum import dropping, gradients, path
from amplify_captum.batches import Attributed, Batches
from amplify_captum.options import (
    GradientOptions,
    IntegratedOptions,
    MidpointOptions,
    OcclusionOptions,
    SamplingOptions,
)
from captum import attr
from known import attributions as oracles
from known.attributions import Explain, bent_proxy, claims

from amplify import Claim, Context, Example, Explanation

SUM: dict[str, Any] = {"pooling": "sum"}
PRODUCT = gradients.InputXGradient(GradientOptions(**SUM), Context()).explain
NORM = gradients.Gradient(GradientOptions(**SUM), Context()).explain
CONTRAST = gradients.ContrastiveInputXGradient(GradientOptions(**SUM), Context()).explain
MIDPOINT = path.Midpoint(MidpointOptions(**SUM), Context()).explain
OCCLUSION = dropping.Occlusion(OcclusionOptions(), Context()).explain


def part(embedding: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return embedding @ weight


def attributed(attribute: Callable[[Any, Any], torch.Tensor], contrast: bool = False) -> Explain:
    """An explainer that attributes tokens as given."""
    batches = Batches("mutant", "sum", "logits", contrast)
    return lambda proxy, asked: batches.explain(
        proxy, asked, lambda lead, batch: Attributed(attribute(lead, batch))
    )


def rescored(explain: Explain, change: Callable[[int, float], float]) -> Explain:
    """An explainer whose scores are changed by their place in the text."""

    def mutant(proxy: Any, asked: Sequence[Claim]) -> list[Explanation]:
        return [
            replace(
                found,
                spans=tuple(
                    replace(s, score=change(i, s.score)) for i, s in enumerate(found.spans)
                ),
            )
            for found in explain(proxy, asked)
        ]

    return mutant


def slope(lead: Any, batch: Any, *, times: Any = None, masked: bool = True) -> torch.Tensor:
    embeddings = batch.embeddings.clone().requires_grad_()
    arguments = batch.arguments if masked else (torch.ones_like(batch.arguments[0]),)
    (gradient,) = torch.autograd.grad(lead(embeddings, *arguments).sum(), embeddings)
    return (gradient * (embeddings if times is None else times)).sum(-1).detach()


def unmasked(lead: Any, batch: Any) -> torch.Tensor:
    return slope(lead, batch, masked=False)


def left_rule(lead: Any, batch: Any) -> torch.Tensor:
    parts = attr.IntegratedGradients(lead).attribute(
        batch.embeddings,
        baselines=batch.baseline,
        additional_forward_args=batch.arguments,
        n_steps=20,
        method="riemann_left",
    )
    return parts.detach().sum(-1)


def swapped(explain: Explain) -> Explain:
    """Explains the foil in place of the target."""

    def mutant(proxy: Any, asked: Sequence[Claim]) -> list[Explanation]:
        turned = [Claim(c.example, c.foil or "", c.target) for c in asked]
        return [
            replace(e, target=c.target) for e, c in zip(explain(proxy, turned), asked, strict=True)
        ]

    return mutant


def shuffled(explain: Explain) -> Explain:
    """Hands the explanations back in the order of the texts' lengths."""

    def mutant(proxy: Any, asked: Sequence[Claim]) -> list[Explanation]:
        found = list(explain(proxy, asked))
        order = sorted(range(len(asked)), key=lambda i: len(asked[i].example.text))
        return [found[index] for index in order]

    return mutant


def catches(oracle: Callable[[], None]) -> None:
    with pytest.raises(AssertionError):
        oracle()


@pytest.mark.parametrize(
    "mutant",
    [
        swapped(PRODUCT),
        shuffled(PRODUCT),
        CONTRAST,
        MIDPOINT,
        rescored(PRODUCT, lambda i, s: abs(s)),
        rescored(PRODUCT, lambda i, s: s * (1 + 1e-9)),
        gradients.InputXGradient(GradientOptions(pooling="mean"), Context()).explain,
        gradients.InputXGradient(GradientOptions(**SUM, of="probabilities"), Context()).explain,
    ],
    ids=[
        *("swapped", "shuffled", "contrastive", "midpoint", "absolute", "a little larger"),
        *("pooled by the mean", "of probabilities"),
    ],
)
def test_the_linear_model(mutant: Explain) -> None:
    catches(lambda: oracles.linear(mutant, part, 1e-14))


def test_the_linear_model_for_the_others() -> None:
    catches(lambda: oracles.linear(NORM, part, 1e-14))
    catches(lambda: oracles.linear(PRODUCT, part, 1e-14, contrast=True))
    # a baseline that is not the one that is asked for
    for kind, less in (("pad", ""), ("zero", "[PAD]"), ("pad", "[MASK]")):
        options = IntegratedOptions(**SUM, baseline=kind)
        explain = path.Integrated(options, Context()).explain
        catches(lambda e=explain, n=less: oracles.linear(e, part, 1e-9, less=n))
    padded = dropping.Occlusion(OcclusionOptions(placeholder="[PAD]"), Context()).explain
    catches(lambda: oracles.linear(padded, part, 1e-13))
    catches(lambda: oracles.linear(OCCLUSION, part, 1e-13, less="[PAD]", once=True))


def test_the_interaction() -> None:
    catches(lambda: oracles.interaction(PRODUCT, (0.5, 0.5, 1), 0.05))
    catches(lambda: oracles.interaction(OCCLUSION, (0.5, 0.5, 1), 0.05))
    catches(lambda: oracles.interaction(MIDPOINT, (1, 1, 1), 0.05))
    orders = dropping.ShapleySampling(SamplingOptions(evaluations=1), Context()).explain
    catches(lambda: oracles.interaction(orders, (0.5, 0.5, 1), 0.05))  # one order is not enough


def test_completeness() -> None:
    proxy = bent_proxy()

    def start(claim: Claim) -> float:
        return oracles.start_of(proxy, claim, "pad")

    for mutant in (PRODUCT, MIDPOINT, OCCLUSION, attributed(left_rule)):
        catches(lambda m=mutant: oracles.complete(m, proxy, claims(), start, 1e-3))
    lax = path.Integrated(IntegratedOptions(**SUM, nodes=1, most=1), Context()).explain
    catches(lambda: oracles.complete(lax, proxy, claims(), start, 1e-3))


def test_the_difference_of_attributions() -> None:
    proxy = bent_proxy()
    for mutant in (PRODUCT, swapped(CONTRAST), rescored(CONTRAST, lambda i, s: s / 2)):
        catches(lambda m=mutant: oracles.contrastive(PRODUCT, m, proxy, claims(), 1e-13))


def test_batches() -> None:
    proxy = bent_proxy()
    catches(lambda: oracles.single(attributed(unmasked), proxy, claims(), 1e-3))
    catches(lambda: oracles.single(shuffled(PRODUCT), proxy, claims(), 1e-12))


def test_order() -> None:
    proxy, draws = bent_proxy(), itertools.count()
    drifting = rescored(PRODUCT, lambda i, s: s + 1e-6 * next(draws))
    catches(lambda: oracles.ordered(drifting, proxy, claims(), 1e-12))


def test_finite_differences() -> None:
    proxy = bent_proxy()

    def half_cut(lead: Any, batch: Any) -> torch.Tensor:
        half = batch.embeddings.clone()
        half[:, :2] = 0
        return slope(lead, batch, times=half)

    away = attributed(lambda lead, batch: slope(lead, batch, times=batch.embeddings - 1))
    for mutant in (attributed(half_cut), away, MIDPOINT, CONTRAST, swapped(PRODUCT)):
        catches(lambda m=mutant: oracles.slopes(m, proxy, claims(), 1e-7))


def test_the_shift() -> None:
    half = attributed(lambda lead, batch: slope(lead, batch), contrast=False)
    for mutant in (PRODUCT, half, OCCLUSION, MIDPOINT):
        catches(lambda m=mutant: oracles.unshifted(m, 1e-3))


def test_the_unread_word() -> None:
    leaking = rescored(PRODUCT, lambda i, s: s + 1e-6)
    late = rescored(PRODUCT, lambda i, s: s * (i != 4))
    for mutant in (attributed(unmasked), leaking, late, rescored(PRODUCT, lambda i, s: 0.0)):
        catches(lambda m=mutant: oracles.unread(m, 1e-9))


def test_two_ways_to_compute() -> None:
    one, other = bent_proxy(), bent_proxy()
    other.table = one.table
    asked = [Claim(Example("0", "a splendid evening", "good"), "good", "bad")]
    oracles.same(PRODUCT, one, other, asked, 1e-12)
    inner = one.score
    other.score = lambda e, m: inner(e * (1 + 1e-5), m)
    catches(lambda: oracles.same(PRODUCT, one, other, asked, 4e-7))
    catches(lambda: oracles.same(rescored(PRODUCT, lambda i, s: 0.0), one, one, asked, 4e-7))
