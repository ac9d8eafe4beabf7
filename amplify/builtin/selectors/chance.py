"""The random selector: a seeded draw."""

from __future__ import annotations

from collections.abc import Sequence

from amplify import Candidate, Context, Example, Selection, Shot
from amplify.builtin.options import BalancedOptions
from amplify.builtin.selectors.turns import seeded, take_turns


class Random:
    """Draws from the candidates; the same seed draws the same, whatever their order."""

    def __init__(self, options: BalancedOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """`shots` candidates in random order; one with a stray target is never drawn."""
        labels = self.context.labels
        sound = [
            c
            for c in candidates
            if c.example.label in (c.example.labels(labels) or [c.example.label])
        ]
        ranked = sorted(sound, key=lambda c: seeded(self.context.seed, c.example.id))
        if self.options.balanced:
            ranked = take_turns(ranked)
        return Selection(tuple(Shot(c.example, candidate=c) for c in ranked[:shots]))
