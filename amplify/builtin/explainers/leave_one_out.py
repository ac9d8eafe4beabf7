"""Leave one out: what the proxy's score loses without a word."""

from __future__ import annotations

from collections.abc import Sequence

from amplify import Claim, Context, Explanation, Proxy, ablations, without
from amplify.builtin.options import LeaveOneOutOptions


class LeaveOneOut:
    """Drops each word by itself (with a foil: contrastive erasure, arXiv 2202.10419)."""

    def __init__(self, options: LeaveOneOutOptions, context: Context) -> None:
        self._options = options

    def explain(self, proxy: Proxy, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim; all shortened texts of all claims in one call."""
        asked = ablations(proxy, claims, self._options.of, self._options.contrast)
        cuts = [
            without(one.claim.example, [word])
            for one in asked
            if one.objective is not None
            for word in one.words
        ]
        found = iter(proxy.predict(cuts) if cuts else ())
        made = []
        for one in asked:
            if one.objective is None:
                made.append(one.unexplained("leave-one-out"))
                continue
            losses = [one.whole - one.objective(next(found)) for _ in one.words]
            made.append(one.explained(losses, "leave-one-out"))
        return made
