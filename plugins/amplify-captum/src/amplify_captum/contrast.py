"""The scalar that is derived for each claim: a label's score, or its lead over the foil's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch

from amplify import Claim, EncodedBatch

Of = Literal["logits", "probabilities"]


class Lead:
    """A function for Captum: from embeddings to one number for each example.

    The number is the target's logit (or probability), or with `contrast` the difference of the
    target's and the foil's: one backward pass gives the contrastive gradient (arXiv 2202.10419).
    A claim without a foil, or whose foil is its target, is contrasted with the runner-up: the best
    label other than the target at the batch's own embeddings, wherever the function is evaluated.
    """

    def __init__(self, batch: EncodedBatch, claims: Sequence[Claim], of: Of, contrast: bool):
        self._forward = batch.forward
        self._of = of
        pairs = list(zip(batch.labels, claims, strict=True))
        self._targets = [labels.index(claim.target) for labels, claim in pairs]
        self._foils: list[int] | None = None
        if contrast:
            self._foils = [
                labels.index(c.foil) if c.foil in labels and c.foil != c.target else -1
                for labels, c in pairs
            ]
            if -1 in self._foils:
                self._foils = self._runners_up(batch, self._foils)

    def _runners_up(self, batch: EncodedBatch, foils: Sequence[int]) -> list[int]:
        """The foils, with the runner-up's place for -1."""
        with torch.no_grad():
            scores: torch.Tensor = batch.forward(batch.embeddings, *batch.arguments)
        targets = torch.tensor(self._targets, device=scores.device).unsqueeze(1)
        rivals = scores.scatter(1, targets, float("-inf")).argmax(1).tolist()
        return [rival if foil < 0 else foil for foil, rival in zip(foils, rivals, strict=True)]

    def __call__(self, embeddings: torch.Tensor, *arguments: object) -> torch.Tensor:
        """Tensor [examples], or of a whole multiple where Captum has expanded the rows."""
        scores: torch.Tensor = self._forward(embeddings, *arguments)
        if self._of == "probabilities":
            scores = scores.softmax(-1)
        target = self._pick(scores, self._targets)
        return target if self._foils is None else target - self._pick(scores, self._foils)

    def _pick(self, scores: torch.Tensor, columns: Sequence[int]) -> torch.Tensor:
        times = len(scores) // len(columns)
        places = torch.tensor(columns, device=scores.device).repeat(times).unsqueeze(1)
        return scores.gather(1, places).squeeze(1)
