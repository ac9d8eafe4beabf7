"""Gradient and gradient x input, plain and contrastive, on Captum's own classes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from captum import attr

from amplify import Claim, Context, EncodedBatch, Explanation, GradientProxy
from amplify_captum.batches import Attribute, Attributed, Batches
from amplify_captum.contrast import Lead
from amplify_captum.options import GradientOptions


def norm(lead: Lead, batch: EncodedBatch) -> Attributed:
    """The L2 norm of the gradient at each token, by `captum.attr.Saliency`."""
    gradient: torch.Tensor = attr.Saliency(lead).attribute(
        batch.embeddings.requires_grad_(), abs=False, additional_forward_args=batch.arguments
    )
    return Attributed(torch.linalg.vector_norm(gradient.detach(), dim=-1))


def product(lead: Lead, batch: EncodedBatch) -> Attributed:
    """The gradient's dot product with each token's embedding, by `captum.attr.InputXGradient`."""
    parts: torch.Tensor = attr.InputXGradient(lead).attribute(
        batch.embeddings.requires_grad_(), additional_forward_args=batch.arguments
    )
    return Attributed(parts.detach().sum(-1))


class GradientExplainer:
    """Explains a gradient proxy's claims, one backward pass for each batch."""

    def __init__(
        self, method: str, attribute: Attribute, contrast: bool, options: GradientOptions
    ) -> None:
        self._attribute = attribute
        self._batches = Batches(method, options.pooling, options.of, contrast)

    def explain(self, proxy: GradientProxy, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim, in order."""
        return self._batches.explain(proxy, claims, self._attribute)


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
