"""From token scores to word scores, by character offsets, never by joining token strings."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

from amplify.contract.explainer import Span
from amplify.kit.words import word_ranges

Pooling = Literal["mean", "sum", "max"]


def pool_tokens(
    text: str,
    offsets: Sequence[tuple[int, int] | None],
    scores: Sequence[float],
    pooling: Pooling = "mean",
) -> tuple[tuple[Span, ...], float, int]:
    """Word spans, the remainder, and the number of words that no token stands for.

    `offsets` and `scores` run in parallel, a token each. A token that overlaps several words (two
    ideographs, say) is shared between them by the characters that it has of each; one that overlaps
    none (None, zero width, punctuation) is summed into the remainder. "sum" adds up what a word has
    of its tokens' scores, so that spans and remainder are the sum of all; "mean" weighs the scores
    by the shares; "max" keeps the score of largest magnitude.
    """
    words = word_ranges(text)
    starts = [start for start, _ in words]
    parts: list[list[tuple[float, float]]] = [[] for _ in words]
    remainder = 0.0
    for place, score in zip(offsets, scores, strict=True):
        shared: list[tuple[int, int]] = []
        if place is not None and place[1] > place[0]:
            for index in range(max(bisect_right(starts, place[0]) - 1, 0), len(words)):
                start, end = words[index]
                if start >= place[1]:
                    break
                if end > place[0]:
                    shared.append((index, min(place[1], end) - max(place[0], start)))
        whole = sum(overlap for _, overlap in shared)
        for index, overlap in shared:
            parts[index].append((score, overlap / whole))
        if not shared:
            remainder += score
    spans = tuple(
        Span(start, end, _pool(values, pooling))
        for (start, end), values in zip(words, parts, strict=True)
        if values
    )
    return spans, remainder, sum(not values for values in parts)


def _pool(values: list[tuple[float, float]], pooling: Pooling) -> float:
    """One number of a word's token scores and the share that it has of each."""
    if pooling == "max":
        return max((score for score, _ in values), key=abs)
    total = sum(score * share for score, share in values)
    return total / sum(share for _, share in values) if pooling == "mean" else total
