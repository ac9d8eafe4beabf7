"""Leave-one-out: how much the proxy's score falls when a word is left out."""

from __future__ import annotations

from collections.abc import Sequence

from amplify import Claim, Context, Explanation, Proxy, ablations, without
from amplify.builtin.explainers.options import LeaveOneOutOptions


class LeaveOneOut:
    """Leaves out each word by itself (with a foil: contrastive erasure, arXiv 2202.10419)."""

    def __init__(self, options: LeaveOneOutOptions, context: Context) -> None:
        self._options = options

    def explain(self, proxy: Proxy, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim; the proxy scores all shortened texts in one call."""
        tests = ablations(proxy, claims, self._options.of, self._options.contrast)
        shortened = [
            without(ablation.claim.example, [word])
            for ablation in tests
            if ablation.objective is not None
            for word in ablation.words
        ]
        scores = iter(proxy.predict(shortened) if shortened else ())
        explanations = []
        for ablation in tests:
            if ablation.objective is None:
                explanations.append(ablation.unexplained("leave-one-out"))
                continue
            losses = [ablation.whole - ablation.objective(next(scores)) for _ in ablation.words]
            explanations.append(ablation.explained(losses, "leave-one-out"))
        return explanations
