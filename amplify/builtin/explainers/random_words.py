"""The explainer `random`, a control: it scores words by chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amplify import Claim, Context, Explanation, Span, seeded_key, word_form, word_ranges


class RandomWords:
    """Scores words in a random order, in which each different word has the same chance."""

    def __init__(self, options: None, context: Context) -> None:
        self.seed = context.seed

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> list[Explanation]:
        """Score 1, 1/2, 1/3 … for the different words; 0 for a word that comes again."""
        return [self._explain(claim) for claim in claims]

    def _explain(self, claim: Claim) -> Explanation:
        example = claim.example
        first: dict[str, tuple[int, int]] = {}
        words = word_ranges(example.text)
        for start, end in words:
            first.setdefault(word_form(example.text[start:end]), (start, end))
        order = sorted(first, key=lambda word: seeded_key(self.seed, f"{example.id}/{word}"))
        scores = {first[word]: 1 / rank for rank, word in enumerate(order, 1)}
        spans = tuple(Span(start, end, scores.get((start, end), 0.0)) for start, end in words)
        return Explanation(example, claim.target, spans, method="random")
