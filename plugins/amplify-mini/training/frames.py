"""Sentence frames: how content words sit between function words."""

from __future__ import annotations

import random
from collections.abc import Sequence

from training.word_lists import FUNCTION_WORDS

CLAUSES = (
    "the _ was near the _", "a _ and the _ were there", "we saw the _ with a _", "there was no _",
    "they had _ and _ in the _", "it is about the _ of the _", "my _ has a _", "she did not _ it",
    "he was by the _ , not the _", "some _ , many _ and one _", "after the _ came another _",
    "then the _ was under the _ again", "who would _ the _ ?", "all of this is _", "only the _ _ it",
    "in the _ there is a very _ _", "you could _ or _", "with every _ there was more _",
)  # fmt: skip
"""An underscore is a place for a content word."""
JOINERS = (",", "and", "but", "while", ".", "because", ";", "so", "when", "which")


def random_frame(rng: random.Random) -> list[str]:
    """Make a clause of arbitrary function words with places for content words."""
    out: list[str] = []
    for _ in range(rng.randint(1, 3)):
        out += rng.choices(FUNCTION_WORDS, k=rng.randint(0, 3))
        out.append("_")
    if rng.random() < 0.3:
        out.append(rng.choice(FUNCTION_WORDS))
    return out


def draw_frames(rng: random.Random, fixed: Sequence[str]) -> list[list[str]]:
    """Draw the clauses that one task uses; some contain content words that are always the same."""
    if rng.random() < 0.45:
        frames = [f.split() for f in rng.sample(CLAUSES, rng.randint(3, 8))]
    else:
        frames = [random_frame(rng) for _ in range(rng.randint(3, 7))]
    for frame in frames:
        if fixed and rng.random() < 0.4:
            frame.insert(rng.randint(0, len(frame)), rng.choice(fixed))
    return frames


def fill(rng: random.Random, frames: list[list[str]], words: Sequence[str]) -> list[str]:
    """Put the words, in this order, into clauses; every word is used once."""
    out: list[str] = []
    left = list(words)
    while left:
        frame = rng.choice(frames)
        if out:
            out.append(rng.choice(JOINERS))
        for piece in frame:
            if piece != "_":
                out.append(piece)
            elif left:
                out.append(left.pop(0))
    if rng.random() < 0.6:
        out.append(".")
    return out


def soup(rng: random.Random, words: Sequence[str], thickness: float) -> list[str]:
    """Scatter function words between the words."""
    out: list[str] = []
    for word in words:
        while rng.random() < thickness:
            out.append(rng.choice(FUNCTION_WORDS))
        out.append(word)
        if rng.random() < 0.08:
            out.append(",")
    if rng.random() < 0.5:
        out.append(".")
    return out
