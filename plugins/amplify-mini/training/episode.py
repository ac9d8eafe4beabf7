"""An episode's token ids and supervision, and the words that it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache

import torch

from training.vocabulary import build_tokenizer, build_vectors, entries
from training.word_lists import FUNCTION_WORDS, word_lists

BOS = 1
MASS_WEIGHTS = {"G": 0.5, "R": 0.5, "M": 1.0, "K": 0.7, "C": 1.0, "C2": 0.3, "W": 1.0, "S": 0.3,
                "F": 1.0}  # fmt: skip
"""The weight of each kind of supervision in the loss."""
_FUNCTION = frozenset(FUNCTION_WORDS)


@dataclass
class Episode:
    """Token ids, loss positions (position of the target, weight, kind), supervision rows."""

    rationale: bool
    ids: list[int] = field(default_factory=lambda: [BOS])
    losses: list[tuple[int, float, str]] = field(default_factory=list)
    rows: list[tuple[str, int, list[int]]] = field(default_factory=list)

    def add(self, word: str) -> list[int]:
        """Append a word and give the positions of its tokens."""
        tokens = word_ids(word)
        start = len(self.ids)
        self.ids.extend(tokens)
        return list(range(start, start + len(tokens)))

    def add_all(self, words: tuple[str, ...] | list[str]) -> list[int]:
        """Append several words."""
        return [p for word in words for p in self.add(word)]

    def look(self, kind: str, row: int, where: list[int]) -> None:
        """Ask that the position looks at earlier ones."""
        where = [p for p in where if p <= row]
        if where:
            self.rows.append((kind, row, where))


@lru_cache(maxsize=1)
def _tokenizer() -> Callable[[str], list[int]]:
    tokenizer = build_tokenizer()
    return lambda word: list(tokenizer(word, add_special_tokens=False)["input_ids"])


@cache
def word_ids(word: str) -> tuple[int, ...]:
    """Tokenise one word or mark."""
    if word == "¶":
        return (4,)
    return tuple(_tokenizer()(word))


@lru_cache(maxsize=1)
def _vectors() -> tuple[torch.Tensor, dict[str, int], tuple[str, ...]]:
    seen = word_lists().seen
    rows = {t: i for i, t in enumerate(entries())}
    table = torch.nn.functional.normalize(build_vectors(256)[[rows[w] for w in seen]], dim=1)
    return table, {w: i for i, w in enumerate(seen)}, seen


@cache
def neighbours(word: str) -> list[str]:
    """Give a training word and the training words with the nearest vectors."""
    table, rows, words = _vectors()
    return [words[i] for i in (table @ table[rows[word]]).topk(7).indices.tolist()]


def is_content(word: str) -> bool:
    """Tell content words from function words and marks."""
    return word[0].isalpha() and word not in _FUNCTION
