"""Selectors by misclassification confidence (Krishna et al. 2023, section 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from amplify import Candidate, Context, Example, Selection, Shot
from amplify.builtin.options import BalancedOptions
from amplify.builtin.selectors.turns import take_turns


class HighMCS:
    """Errors first, then the highest misclassification confidence `p(foil) - p(truth)`."""

    sign: ClassVar[int] = -1

    def __init__(self, options: BalancedOptions, context: Context) -> None:
        self.options = options

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """At most `shots`, best first: errors by MCS, topped up with the next by MCS.

        Where no error source was asked, all candidates are ranked by MCS alone. Candidates that the
        proxy did not score, or whose target is none of their labels, are never taken. Equal scores
        go by the id.
        """
        sound = [c for c in candidates if c.scores and c.example.label in c.scores.labels]
        known = any(c.error is not None for c in sound)
        ranked = sorted(
            sound, key=lambda c: (known and not c.error, self.sign * (c.mcs or 0.0), c.example.id)
        )
        if self.options.balanced:
            ranked = take_turns(ranked)
        taken = ranked[:shots]
        notes = []
        right = sum(not c.error for c in taken) if known else 0
        if right:
            errors = len(taken) - right
            notes.append(
                f"{errors} of {len(taken)} shots are errors; {right} that were answered right "
                "fill up, next by misclassification confidence"
            )
        if len(taken) < shots:
            notes.append(f"only {len(taken)} candidates for {shots} shots")
        return Selection(tuple(Shot(c.example, candidate=c) for c in taken), notes=tuple(notes))


class LowMCS(HighMCS):
    """Errors first, then the lowest misclassification confidence."""

    sign: ClassVar[int] = 1
