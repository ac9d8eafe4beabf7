"""The random selector: a seeded draw."""

from __future__ import annotations

from collections.abc import Sequence

from amplify import Candidate, Context, Example, Selection, Shot, take_turns
from amplify.builtin.options import BalancedOptions
from amplify.builtin.selectors.errors_first import errors_first
from amplify.builtin.selectors.seeded import seeded


class Random:
    """Draws from the candidates; the same seed draws the same, whatever their order."""

    def __init__(self, options: BalancedOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """`shots` candidates in random order; one with a stray target is never drawn."""
        ranked = self._drawn(candidates)
        if self.options.balanced:
            ranked = take_turns(ranked)
        return Selection(tuple(Shot(c.example, candidate=c) for c in ranked[:shots]))

    def _drawn(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        labels = self.context.labels
        sound = [
            c
            for c in candidates
            if c.example.label in (c.example.labels(labels) or [c.example.label])
        ]
        return sorted(sound, key=lambda c: seeded(self.context.seed, c.example.id))


class Errors(Random):
    """Draws from what the error source got wrong, then from the rest (Self-AMPLIFY's choice)."""

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """At most `shots`: errors in random order, topped up with the others."""
        place = {c.example.id: -index for index, c in enumerate(self._drawn(candidates))}
        sound = [c for c in candidates if c.example.id in place]
        return errors_first(
            sound, lambda c: place[c.example.id], shots, self.options.balanced, "chance"
        )
