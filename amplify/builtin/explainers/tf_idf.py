"""The explainer `tf-idf`, a control: it scores words by how rare they are in the train split."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from amplify import Claim, Context, Explanation, Span, readable_words, word_form


class TfIdf:
    """Scores words by `ln((1 + n) / (1 + d)) + 1`, with `d` of the `n` training texts holding it.

    That is the smoothed inverse document frequency of scikit-learn, given to each occurrence of a
    word; the scores of a repeated word add up to its TF-IDF.
    """

    def __init__(self, options: None, context: Context) -> None:
        self._texts = len(context.train)
        self._counts: Counter[str] = Counter()
        for example in context.train:
            text = example.text
            self._counts.update({word_form(text[a:b]) for a, b in readable_words(example)})

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> list[Explanation]:
        """One explanation for each claim; it does not depend on the claim's target."""
        return [self._explain(claim) for claim in claims]

    def _explain(self, claim: Claim) -> Explanation:
        text = claim.example.text
        spans = tuple(
            Span(a, b, self._rarity(word_form(text[a:b]))) for a, b in readable_words(claim.example)
        )
        return Explanation(claim.example, claim.target, spans, method="tf-idf")

    def _rarity(self, word: str) -> float:
        return math.log((1 + self._texts) / (1 + self._counts[word])) + 1
