"""Runs of words as features, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from amplify import word_form, word_ranges


@dataclass(frozen=True, slots=True)
class Grams:
    """The runs of 1 to `longest` words of a text, by `word_form`: an analyzer for scikit-learn."""

    longest: int

    def __call__(self, text: str) -> list[str]:
        """Every run, as often as it occurs."""
        return [gram for gram, _, _ in self.placed(text)]

    def placed(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Every run with the numbers of its first word and of the one after its last."""
        words = [word_form(text[start:end]) for start, end in word_ranges(text)]
        for length in range(1, self.longest + 1):
            for first in range(len(words) - length + 1):
                yield " ".join(words[first : first + length]), first, first + length
