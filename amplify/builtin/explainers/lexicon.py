"""The explainer `lexicon`: key words that the plan lists for each label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amplify import Claim, Context, Explanation, PlanError, Span, word_ranges
from amplify.builtin.explainers.options import LexiconOptions


class Lexicon:
    """Scores the words of each label's list; an upper bound where the lists hold the true words."""

    def __init__(self, options: LexiconOptions, context: Context) -> None:
        self.words = {
            label: frozenset(word.casefold() for word in words)
            for label, words in options.words.items()
        }
        unknown = sorted(set(self.words) - set(context.labels)) if context.labels else []
        if unknown:
            raise PlanError(
                f"words for {unknown[0]!r}, which is no label of the task",
                where="explainer builtin/lexicon, words",
                hint=f"its labels: {', '.join(context.labels)}",
            )

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> list[Explanation]:
        """Score 1 for a word of the target's list, -1 for one of other labels alone, else 0."""
        return [self._explain(claim) for claim in claims]

    def _explain(self, claim: Claim) -> Explanation:
        text = claim.example.text
        target_words = self.words.get(claim.target, frozenset())
        other_words = frozenset().union(*self.words.values()) - target_words
        spans = []
        for start, end in word_ranges(text):
            word = text[start:end].casefold()
            spans.append(Span(start, end, float(word in target_words) - float(word in other_words)))
        return Explanation(claim.example, claim.target, tuple(spans), method="lexicon")
