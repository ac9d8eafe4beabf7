"""The number that an explainer explains: a label's score, or its lead over a foil's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify.contract.explainer import Claim
from amplify.contract.proxy import Scores

Of = Literal["logits", "probabilities"]


@dataclass(frozen=True, slots=True)
class Objective:
    """From a proxy's scores to one number: the target's, less the foil's where there is a foil."""

    target: str
    foil: str | None = None
    of: Of = "logits"

    @classmethod
    def of_claim(
        cls, claim: Claim, scores: Scores, of: Of = "logits", contrast: bool = False
    ) -> Objective | None:
        """The objective of a claim whose example has these scores.

        With `contrast`, a claim without a foil, or whose foil is its target or not open to the
        example, is contrasted with the runner-up: the best label other than the target. None where
        there is nothing to explain: the target is not open to the example, or it is the only label
        where a foil is needed.
        """
        if claim.target not in scores.labels or (contrast and len(scores.labels) < 2):
            return None
        if not contrast:
            return cls(claim.target, None, of)
        known = claim.foil in scores.labels and claim.foil != claim.target
        return cls(claim.target, claim.foil if known else scores.foil(claim.target), of)

    def __call__(self, scores: Scores) -> float:
        """The number for these scores, which must have the target and the foil among the labels."""
        values = scores.logits if self.of == "logits" else scores.probabilities
        value = values[scores.labels.index(self.target)]
        return value if self.foil is None else value - values[scores.labels.index(self.foil)]
