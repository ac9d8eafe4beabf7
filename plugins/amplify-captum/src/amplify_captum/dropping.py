"""Words dropped from the text: occlusion, Shapley value sampling, KernelSHAP.

Captum's classes work on a row of ones, a word each, whose baseline is zeros; what they ask of it is
answered by the proxy's `predict` on the text without the words that are zero.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import torch
from captum import attr

from amplify import Claim, Context, Explanation, Objective, Proxy, Span, readable_words, without
from amplify_captum.options import OcclusionOptions, SamplingOptions

AT_ONCE = 256
"""Texts handed to the proxy at a time, which sorts them by length and batches them itself."""

Score = Callable[[torch.Tensor], torch.Tensor]
"""From masks [texts, words] to the scores [texts] of the texts with the words that are 1."""

Attribute = Callable[[Score, torch.Tensor], torch.Tensor]
"""Attributes the score of a row of ones [1, words] to the words."""


class DropExplainer:
    """Explains claims one by one; the draws of each depend on the seed and the claim alone."""

    def __init__(
        self, method: str, attribute: Attribute, options: OcclusionOptions, context: Context
    ) -> None:
        self._method = method
        self._attribute = attribute
        self._options = options
        self._seed = context.seed
        self._show = context.show

    def explain(self, proxy: Proxy, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim, in order.

        A claim whose target is not open to its example, or is the only one where a foil is
        needed, gets no spans: there is no score to explain, and all its words are `unscored`.
        """
        scores = proxy.predict([claim.example for claim in claims])
        words = [readable_words(claim.example) for claim in claims]
        explanations = []
        with self._show("drop words", sum(map(len, words))) as advance:
            for claim, whole_scores, places in zip(claims, scores, words, strict=True):
                objective = Objective.of_claim(
                    claim, whole_scores, self._options.of, self._options.contrast
                )
                explanations.append(self._explain(proxy, claim, places, objective))
                advance(len(places))
        return explanations

    def _explain(
        self,
        proxy: Proxy,
        claim: Claim,
        places: Sequence[tuple[int, int]],
        objective: Objective | None,
    ) -> Explanation:
        example = claim.example
        if objective is None or not places:
            lost = len(places)
            return Explanation(example, claim.target, method=self._method, unscored=lost)

        def score(kept: torch.Tensor) -> torch.Tensor:
            rows = kept.tolist()
            texts = [
                without(
                    example,
                    [place for place, there in zip(places, row, strict=True) if not there],
                    self._options.placeholder,
                )
                for row in rows
            ]
            values = [objective(scores) for scores in proxy.predict(texts)]
            return torch.tensor(values, dtype=torch.float64)

        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(self._draw(claim))
            ones = torch.ones(1, len(places), dtype=torch.float64)
            values = self._attribute(score, ones)[0].double().tolist()
        spans = tuple(Span(*place, value) for place, value in zip(places, values, strict=True))
        return Explanation(example, claim.target, spans, method=self._method)

    def _draw(self, claim: Claim) -> int:
        name = f"{self._seed}/{claim.example.id}/{claim.target}".encode("utf-8", "replace")
        return int.from_bytes(hashlib.sha256(name).digest()[:8], "big") >> 1


def ablate(score: Score, ones: torch.Tensor) -> torch.Tensor:
    """What the score loses without each word, by `captum.attr.FeatureAblation`."""
    attributions: torch.Tensor = attr.FeatureAblation(score).attribute(
        ones, baselines=0, perturbations_per_eval=AT_ONCE
    )
    return attributions


class Occlusion(DropExplainer):
    """What the score loses without each word."""

    def __init__(self, options: OcclusionOptions, context: Context) -> None:
        super().__init__("captum/occlusion", ablate, options, context)


class ShapleySampling(DropExplainer):
    """Shapley values: what each word adds, on average over random orders (`ShapleyValueSampling`).

    An order scores one text for each word; they add up to the score less that without any word.
    """

    def __init__(self, options: SamplingOptions, context: Context) -> None:
        def attribute(score: Score, ones: torch.Tensor) -> torch.Tensor:
            attributions: torch.Tensor = attr.ShapleyValueSampling(score).attribute(
                ones, baselines=0, n_samples=options.evaluations, perturbations_per_eval=AT_ONCE
            )
            return attributions

        super().__init__("captum/shapley-sampling", attribute, options, context)


class KernelShap(DropExplainer):
    """Shapley values by weighted regression (arXiv 1705.07874), by Captum's `KernelShap`."""

    def __init__(self, options: SamplingOptions, context: Context) -> None:
        def attribute(score: Score, ones: torch.Tensor) -> torch.Tensor:
            if ones.shape[1] == 1:  # nothing to weigh: its value is what it adds
                return ablate(score, ones)
            attributions: torch.Tensor = attr.KernelShap(score).attribute(
                ones,
                baselines=0,
                # two are the whole text and none of it; fewer than the words leave them open
                n_samples=2 + max(2, options.evaluations) * ones.shape[1],
                perturbations_per_eval=AT_ONCE,
            )
            return attributions

        super().__init__("captum/kernel-shap", attribute, options, context)
