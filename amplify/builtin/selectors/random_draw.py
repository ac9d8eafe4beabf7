"""The selectors `random` and `errors`: a seeded draw from the pool, or from the LLM's errors."""

from __future__ import annotations

from collections.abc import Sequence

from amplify import Candidate, Context, Example, Selection, Shot, seeded_key, take_turns
from amplify.builtin.selectors.errors_first import errors_first
from amplify.builtin.selectors.options import BalancedOptions


class RandomDraw:
    """Draws from the candidates by the seed; the order in which they come makes no difference."""

    def __init__(self, options: BalancedOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """`shots` candidates in random order; none whose target is not one of its labels."""
        ranked = self._in_turn(self._shuffled(candidates))
        return Selection(tuple(Shot(c.example, candidate=c) for c in ranked[:shots]))

    def _in_turn(self, ranked: list[Candidate]) -> list[Candidate]:
        """The candidates with their labels in turn, where the options say so."""
        return take_turns(ranked) if self.options.balanced else ranked

    def _shuffled(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        labels = self.context.labels
        sound = [
            c
            for c in candidates
            if c.example.label in (c.example.labels(labels) or [c.example.label])
        ]
        return sorted(sound, key=lambda c: seeded_key(self.context.seed, c.example.id))


class RandomErrors(RandomDraw):
    """Draws from what the error source got wrong, then from the rest (Self-AMPLIFY's choice)."""

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """At most `shots`: errors in random order, topped up with candidates that are no errors."""
        worth = {c.example.id: -index for index, c in enumerate(self._shuffled(candidates))}
        sound = [c for c in candidates if c.example.id in worth]
        return errors_first(
            sound, lambda c: worth[c.example.id], shots, self.options.balanced, "chance"
        )
