"""The exact attribution of a linear proxy: what each word adds to a logit."""

from __future__ import annotations

from collections.abc import Sequence

from amplify import (
    Claim,
    Context,
    Explanation,
    LinearProxy,
    Objective,
    Parts,
    Span,
    readable_words,
)
from amplify_sklearn.options import CoefficientsOptions


class Coefficients:
    """Takes the target's logit apart, or its lead over the foil's; nothing is perturbed."""

    def __init__(self, options: CoefficientsOptions, context: Context) -> None:
        self._contrast = options.contrast

    def explain(self, proxy: LinearProxy, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim; spans and remainder add up to the logit (or the lead).

        A claim whose target is not open to its example, or is the only label where a foil is
        needed, gets no spans.
        """
        examples = [claim.example for claim in claims]
        scored = zip(claims, proxy.predict(examples), proxy.parts(examples), strict=True)
        return [
            self._explain(claim, parts, Objective.of_claim(claim, scores, contrast=self._contrast))
            for claim, scores, parts in scored
        ]

    def _explain(self, claim: Claim, parts: Parts, objective: Objective | None) -> Explanation:
        method = "sklearn/coefficients"
        if objective is None:
            lost = len(readable_words(claim.example))
            return Explanation(claim.example, claim.target, method=method, unscored=lost)
        target = parts.labels.index(objective.target)
        foil = None if objective.foil is None else parts.labels.index(objective.foil)

        def lead(values: Sequence[float]) -> float:
            return values[target] - (0.0 if foil is None else values[foil])

        scored = zip(parts.words, parts.shares, strict=True)
        spans = tuple(Span(start, end, lead(values)) for (start, end), values in scored)
        rest = lead(parts.rest)
        return Explanation(claim.example, claim.target, spans, method=method, remainder=rest)
