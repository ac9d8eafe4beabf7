"""Divides a demonstration's text into plain parts and words, each with the shade of its score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 4_000
"""The most characters of a demonstration's text that a page shows."""


@dataclass(frozen=True)
class Part:
    """A part of a text. `score` is that of a key word, None of what is none; `strength` is from 0
    to 1, the word with the largest score of its demonstration being 1."""

    text: str
    score: float | None = None
    strength: float = 0.0


def shaded(demonstration: Mapping[str, Any]) -> list[Part]:
    """The parts of the text of a row of `demonstrations.jsonl`, in order."""
    return list(_parts(demonstration))


def _parts(demonstration: Mapping[str, Any]) -> Iterator[Part]:
    text, words = demonstration["example"]["text"], demonstration["words"]
    largest = max((abs(word["score"]) for word in words), default=0.0) or 1.0
    marks = sorted((*place, word["score"]) for word in words for place in word["places"])
    position = 0
    for start, end, score in marks:
        if start < position or end > LONGEST:
            continue
        if start > position:
            yield Part(text[position:start])
        yield Part(text[start:end], score, abs(score) / largest)
        position = end
    if position < len(text):
        cut = text[position : max(position, LONGEST)]
        yield Part(cut if len(text) <= LONGEST else f"{cut} …")
