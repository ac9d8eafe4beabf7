"""Explains claims batch by batch, whatever attributes the tokens of a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from amplify import Claim, EncodedBatch, Explanation, GradientProxy, readable_words
from amplify_captum.contrast import Lead, Of
from amplify_captum.tokens import Place, explanation


@dataclass(frozen=True)
class Attributed:
    """Token scores [rows, tokens] of a batch; `gaps` [examples] where the scores should add up."""

    scores: Any
    gaps: Any = None


Attribute = Callable[[Lead, EncodedBatch], Attributed]
"""Attributes the lead's value to the tokens of a batch."""


class Batches:
    """Which score is explained, and how its tokens become words."""

    def __init__(
        self, method: str, pooling: Literal["mean", "sum", "max"], of: Of, contrast: bool
    ) -> None:
        self._method = method
        self._pooling = pooling
        self._of = of
        self._contrast = contrast

    def explain(
        self, proxy: GradientProxy, claims: Sequence[Claim], attribute: Attribute
    ) -> list[Explanation]:
        """One explanation for each claim, in order.

        A claim whose target is not open to its example, or is the only one where a foil is
        needed, gets no spans: there is no score to explain, and all its words are `unscored`.
        """
        explanations: dict[int, Explanation] = {}
        for batch in proxy.batches([claim.example for claim in claims]):
            chosen = [claims[index] for index in batch.indices]
            open_to = [self._explainable(c, n) for c, n in zip(chosen, batch.labels, strict=True)]
            # A batch is derived as a whole: what cannot be explained gets a stand-in, unused.
            chosen_claims = [
                claim if fine else Claim(claim.example, labels[0], labels[0])
                for claim, labels, fine in zip(chosen, batch.labels, open_to, strict=True)
            ]
            attribution = attribute(Lead(batch, chosen_claims, self._of, self._contrast), batch)
            scores = attribution.scores.double().tolist()
            gaps = [None] * len(chosen) if attribution.gaps is None else attribution.gaps.tolist()
            step = batch.rows_per_example
            for position, index in enumerate(batch.indices):
                rows: list[tuple[Sequence[Place], Sequence[float]]] = [
                    (batch.offsets[row], scores[row])
                    for row in range(position * step, (position + 1) * step)
                ]
                explanations[index] = self._explanation(
                    claims[index], rows, open_to[position], gaps[position]
                )
        return [explanations[index] for index in range(len(claims))]

    def _explainable(self, claim: Claim, labels: tuple[str, ...]) -> bool:
        return claim.target in labels and (len(labels) > 1 or not self._contrast)

    def _explanation(
        self,
        claim: Claim,
        rows: list[tuple[Sequence[Place], Sequence[float]]],
        fine: bool,
        gap: float | None,
    ) -> Explanation:
        if fine:
            return explanation(claim, rows, self._pooling, self._method, gap)
        words = len(readable_words(claim.example))
        return Explanation(claim.example, claim.target, method=self._method, unscored=words)


def row_sums(scores: torch.Tensor, batch: EncodedBatch) -> torch.Tensor:
    """Tensor [examples]: the sum over each example's rows and tokens."""
    return scores.reshape(len(batch.indices), -1).sum(1)
