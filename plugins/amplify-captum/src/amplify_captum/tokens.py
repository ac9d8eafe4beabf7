"""From token scores of one or several rows to the scored words of an example."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from amplify import Claim, Explanation, Span, pool_tokens, readable_words

Place = tuple[int, int] | None


def explanation(
    claim: Claim,
    rows: Sequence[tuple[Sequence[Place], Sequence[float]]],
    pooling: Literal["mean", "sum", "max"],
    method: str,
    gap: float | None = None,
) -> Explanation:
    """The claim's explanation from the places and scores of its rows' tokens.

    Each row is pooled to words by itself; a word that stands in several rows (the question, read
    with each option) gets the sum.
    """
    text = claim.example.text
    totals: dict[tuple[int, int], float] = defaultdict(float)
    rest = 0.0
    for places, scores in rows:
        spans, remainder, _ = pool_tokens(text, places, scores, pooling)
        rest += remainder
        for span in spans:
            totals[span.start, span.end] += span.score
    return Explanation(
        claim.example,
        claim.target,
        tuple(Span(start, end, score) for (start, end), score in sorted(totals.items())),
        method=method,
        remainder=rest,
        unscored=sum(word not in totals for word in readable_words(claim.example)),
        gap=gap,
    )
