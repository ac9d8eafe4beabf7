"""The scalar that is derived for each claim: a label's score, or its lead over the foil's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch

from amplify import Claim, EncodedBatch

Of = Literal["logits", "probabilities"]


class Objective:
    """A function for Captum: from embeddings to one number for each example.

    The number is the target's logit (or probability), or with `contrast` the difference of the
    target's and the foil's: one backward pass gives the contrastive gradient (arXiv 2202.10419).
    A claim without a foil, or whose foil is its target, is contrasted with the runner-up: the best
    label other than the target.
    """

    def __init__(self, batch: EncodedBatch, claims: Sequence[Claim], of: Of, contrast: bool):
        self._forward = batch.forward
        self._of = of
        self._contrast = contrast
        self._targets = [
            labels.index(claim.target) for labels, claim in zip(batch.labels, claims, strict=True)
        ]
        self._foils = [
            labels.index(claim.foil) if claim.foil in labels and claim.foil != claim.target else -1
            for labels, claim in zip(batch.labels, claims, strict=True)
        ]

    def __call__(self, embeddings: torch.Tensor, *arguments: object) -> torch.Tensor:
        """Tensor [examples], or of a whole multiple where Captum has expanded the rows."""
        scores: torch.Tensor = self._forward(embeddings, *arguments)
        if self._of == "probabilities":
            scores = scores.softmax(-1)
        times = len(scores) // len(self._targets)
        targets = torch.tensor(self._targets, device=scores.device).repeat(times).unsqueeze(1)
        target = scores.gather(1, targets)
        if not self._contrast:
            return target.squeeze(1)
        foils = torch.tensor(self._foils, device=scores.device).repeat(times).unsqueeze(1)
        rivals = scores.detach().scatter(1, targets, float("-inf"))
        foils = torch.where(foils < 0, rivals.argmax(1, keepdim=True), foils)
        return (target - scores.gather(1, foils)).squeeze(1)
