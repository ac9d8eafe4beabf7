"""Selectors by misclassification confidence (Krishna et al. 2023, section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from amplify import Candidate, Context, Example, Selection
from amplify.builtin.selectors.errors_first import errors_first
from amplify.builtin.selectors.options import ErrorsOptions


class HighMCS:
    """Errors first, then the highest misclassification confidence `p(foil) - p(truth)`."""

    by: ClassVar[str] = "misclassification confidence"

    @staticmethod
    def worth(mcs: float) -> float:
        """What ranks a candidate of this misclassification confidence, the highest first."""
        return mcs

    def __init__(self, options: ErrorsOptions, context: Context) -> None:
        self.options = options

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """At most `shots`, best first: errors by MCS, topped up with the next by MCS.

        Where no error source was asked, all candidates are ranked by MCS alone. Candidates that the
        proxy did not score, or whose target is none of their labels, are never chosen. Equal scores
        are ordered by the id.
        """
        sound = [c for c in candidates if c.scores and c.example.label in c.scores.labels]
        return errors_first(
            sound,
            lambda c: self.worth(c.mcs or 0.0),
            shots,
            self.options.balanced,
            self.by,
            self.options.skip_suspects,
        )


class LowMCS(HighMCS):
    """Errors first, then the lowest misclassification confidence."""

    @staticmethod
    def worth(mcs: float) -> float:
        """What ranks a candidate of this misclassification confidence, the highest first."""
        return -mcs


class Boundary(HighMCS):
    """Errors first, then the lowest |MCS|: where the proxy is least decided (arXiv 2309.07900)."""

    by: ClassVar[str] = "closeness to the proxy's decision boundary"

    @staticmethod
    def worth(mcs: float) -> float:
        """What ranks a candidate of this misclassification confidence, the highest first."""
        return -abs(mcs)
