"""Gradient and gradient x input, plain and contrastive, on Captum's own classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from captum import attr

from amplify import Claim, Context, EncodedBatch, Explanation, GradientProxy, readable_words
from amplify_captum.contrast import Objective
from amplify_captum.plugin import GradientOptions
from amplify_captum.words import Place, explanation

Attribute = Callable[[Objective, EncodedBatch], torch.Tensor]
"""Token scores [rows, tokens] of a batch, for what the objective says."""


def norm(objective: Objective, batch: EncodedBatch) -> torch.Tensor:
    """The L2 norm of the gradient at each token, by `captum.attr.Saliency`."""
    gradient: torch.Tensor = attr.Saliency(objective).attribute(
        batch.embeddings.requires_grad_(), abs=False, additional_forward_args=batch.arguments
    )
    norms: torch.Tensor = torch.linalg.vector_norm(gradient.detach(), dim=-1)
    return norms


def product(objective: Objective, batch: EncodedBatch) -> torch.Tensor:
    """The gradient's dot product with each token's embedding, by `captum.attr.InputXGradient`."""
    parts: torch.Tensor = attr.InputXGradient(objective).attribute(
        batch.embeddings.requires_grad_(), additional_forward_args=batch.arguments
    )
    return parts.detach().sum(-1)


class GradientExplainer:
    """Explains a gradient proxy's claims batch by batch, one backward pass for each."""

    def __init__(
        self, method: str, attribute: Attribute, contrast: bool, options: GradientOptions
    ) -> None:
        self._method = method
        self._attribute = attribute
        self._contrast = contrast
        self._options = options

    def explain(self, proxy: GradientProxy, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim, in order.

        A claim whose target is not open to its example, or is the only one where a foil is
        needed, gets no spans: there is no score to explain, and all its words are `unscored`.
        """
        found: dict[int, Explanation] = {}
        for batch in proxy.batches([claim.example for claim in claims]):
            chosen = [claims[index] for index in batch.indices]
            open_to = [self._explainable(c, n) for c, n in zip(chosen, batch.labels, strict=True)]
            # A batch is derived as a whole: what cannot be explained gets a stand-in, unused.
            asked = [
                claim if fine else Claim(claim.example, labels[0])
                for claim, labels, fine in zip(chosen, batch.labels, open_to, strict=True)
            ]
            objective = Objective(batch, asked, self._options.of, self._contrast)
            scores = self._attribute(objective, batch).double().tolist()
            step = batch.rows_per_example
            for position, index in enumerate(batch.indices):
                rows: list[tuple[Sequence[Place], Sequence[float]]] = [
                    (batch.offsets[row], scores[row])
                    for row in range(position * step, (position + 1) * step)
                ]
                found[index] = self._explanation(claims[index], rows, open_to[position])
        return [found[index] for index in range(len(claims))]

    def _explainable(self, claim: Claim, labels: tuple[str, ...]) -> bool:
        return claim.target in labels and (len(labels) > 1 or not self._contrast)

    def _explanation(
        self, claim: Claim, rows: list[tuple[Sequence[Place], Sequence[float]]], fine: bool
    ) -> Explanation:
        if fine:
            return explanation(claim, rows, self._options.pooling, self._method)
        words = len(readable_words(claim.example))
        return Explanation(claim.example, claim.target, method=self._method, unscored=words)


class Gradient(GradientExplainer):
    """The norm of the gradient of the target's score."""

    def __init__(self, options: GradientOptions, context: Context) -> None:
        super().__init__("captum/gradient", norm, False, options)


class InputXGradient(GradientExplainer):
    """Gradient x input of the target's score."""

    def __init__(self, options: GradientOptions, context: Context) -> None:
        super().__init__("captum/input-x-gradient", product, False, options)


class ContrastiveGradient(GradientExplainer):
    """The norm of the gradient of the target's score less the foil's."""

    def __init__(self, options: GradientOptions, context: Context) -> None:
        super().__init__("captum/contrastive-gradient", norm, True, options)


class ContrastiveInputXGradient(GradientExplainer):
    """Gradient x input of the target's score less the foil's."""

    def __init__(self, options: GradientOptions, context: Context) -> None:
        super().__init__("captum/contrastive-input-x-gradient", product, True, options)
