"""Words of a text, and the way from token scores to word scores.

A word is a run of word characters that may hold apostrophes, hyphens and full stops inside
(`don't`, `e-mail`, `U.S.A`), found on the raw text; tokens are mapped to words by character
offsets, never by joining token strings.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Literal

from amplify.contract.data import Example, Span

WORD = re.compile(r"\w+(?:['’\-.]\w+)*")

Pooling = Literal["mean", "sum", "max"]


def word_ranges(text: str) -> list[tuple[int, int]]:
    """The character ranges of the words of `text`, in order."""
    return [match.span() for match in WORD.finditer(text)]


def readable_words(example: Example) -> list[tuple[int, int]]:
    """The words that a proxy reads: all, or those of the question and of the options' texts."""
    words = word_ranges(example.text)
    if not example.options:
        return words
    parts = [(option.start, option.end) for option in example.options]
    parts.append(example.question or (0, len(example.text)))
    return [(start, end) for start, end in words if any(a < end and start < b for a, b in parts)]


def pool_tokens(
    text: str,
    offsets: Sequence[tuple[int, int] | None],
    scores: Sequence[float],
    pooling: Pooling = "mean",
) -> tuple[tuple[Span, ...], float, int]:
    """Word spans, the remainder, and the number of words that no token stands for.

    `offsets` and `scores` run in parallel, a token each; a token goes to the word that it overlaps
    most, the earlier one of equals; tokens that overlap no word (None, zero width, punctuation)
    are summed into the remainder. "max" keeps the score of largest magnitude.
    """
    words = word_ranges(text)
    starts = [start for start, _ in words]
    parts: list[list[float]] = [[] for _ in words]
    remainder = 0.0
    for place, score in zip(offsets, scores, strict=True):
        best, overlap = -1, 0
        if place is not None and place[1] > place[0]:
            first = max(bisect_right(starts, place[0]) - 1, 0)
            for index in range(first, len(words)):
                if words[index][0] >= place[1]:
                    break
                shared = min(place[1], words[index][1]) - max(place[0], words[index][0])
                if shared > overlap:
                    best, overlap = index, shared
        if best < 0:
            remainder += score
        else:
            parts[best].append(score)
    spans = tuple(
        Span(start, end, _pool(values, pooling))
        for (start, end), values in zip(words, parts, strict=True)
        if values
    )
    return spans, remainder, sum(not values for values in parts)


def _pool(values: list[float], pooling: Pooling) -> float:
    if pooling == "max":
        return max(values, key=abs)
    return sum(values) / (len(values) if pooling == "mean" else 1)
