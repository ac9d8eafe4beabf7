"""The random explainer: a control that must not do as well as a real one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from amplify import Claim, Context, Explanation, Span, word_form, word_ranges


class Random:
    """Scores words by the seed: every different word of the text is as likely as any other."""

    def __init__(self, options: None, context: Context) -> None:
        self.seed = context.seed

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> list[Explanation]:
        """Scores 1, 1/2, 1/3 ... over the different words; 0 where a word stands again."""
        return [self._explain(claim) for claim in claims]

    def _explain(self, claim: Claim) -> Explanation:
        example = claim.example
        first: dict[str, tuple[int, int]] = {}
        places = word_ranges(example.text)
        for start, end in places:
            first.setdefault(word_form(example.text[start:end]), (start, end))
        order = sorted(first, key=lambda word: self._draw(example.id, word))
        scores = {first[word]: 1 / rank for rank, word in enumerate(order, 1)}
        spans = tuple(Span(start, end, scores.get((start, end), 0.0)) for start, end in places)
        return Explanation(example, claim.target, spans, method="random")

    def _draw(self, name: str, word: str) -> bytes:
        return hashlib.sha256(f"{self.seed}/{name}/{word}".encode("utf-8", "replace")).digest()
