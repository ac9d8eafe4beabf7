"""Divides a text into plain parts and words, each with the shade of its score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST = 4_000
"""The most characters of a demonstration's text that a page shows."""

FAINTEST = 0.05
"""A word whose score is a smaller part of the largest one is shown as plain text."""

Mark = tuple[int, int, float, bool]
"""The start and the end of a word, its score, and whether it is a key word."""


@dataclass(frozen=True)
class Part:
    """A part of a text. `score` is that of a word (None: a plain part), `strength` its share of the
    largest score of the demonstration; `key` tells a key word."""

    text: str
    score: float | None = None
    strength: float = 0.0
    key: bool = False


def shaded(demonstration: Mapping[str, Any]) -> list[Part]:
    """The parts of the text of a row of `demonstrations.jsonl`, in order."""
    return shaded_text(demonstration["example"]["text"], _marks(demonstration))


def shaded_text(text: str, marks: list[Mark]) -> list[Part]:
    """The parts of a text whose scored words are the `marks`, in order."""
    largest = max((abs(score) for _, _, score, _ in marks), default=0.0) or 1.0
    shown = [mark for mark in marks if mark[3] or abs(mark[2]) >= FAINTEST * largest]
    return list(_parts(text, shown, largest))


def _marks(demonstration: Mapping[str, Any]) -> list[Mark]:
    """The scored words; where a run kept no attribution, its key words alone, each with its sum."""
    words = demonstration["words"]
    keys = {tuple(place): word["score"] for word in words for place in word["places"]}
    attribution = demonstration.get("attribution")
    scores = (
        {(s["start"], s["end"]): s["score"] for s in attribution["spans"]} if attribution else {}
    )
    return sorted((*place, score, place in keys) for place, score in (keys | scores).items())


def _parts(text: str, marks: list[Mark], largest: float) -> Iterator[Part]:
    position = 0
    for start, end, score, key in marks:
        if start < position or end > LONGEST:
            continue
        if start > position:
            yield Part(text[position:start])
        yield Part(text[start:end], score, abs(score) / largest, key)
        position = end
    if position < len(text):
        cut = text[position : max(position, LONGEST)]
        yield Part(cut if len(text) <= LONGEST else f"{cut} …")
