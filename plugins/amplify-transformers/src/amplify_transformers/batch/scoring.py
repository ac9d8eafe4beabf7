"""Scores of examples from batches; the logits of inputs seen before are kept and not run again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

import torch

from amplify import Scores
from amplify_transformers.batch.encoded import TensorBatch

T = TypeVar("T")

MOST = 2**15
"""Entries that are kept; an explainer that asks by words removed sends thousands for a text."""


class LogitsCache:
    """The logits of the inputs seen last, at most `most` of them. The oldest use is lost first."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[float, ...]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> tuple[float, ...] | None:
        """The logits kept under `key`, None where there are none."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Hashable, logits: tuple[float, ...]) -> None:
        """Keep the logits."""
        self._kept[key] = logits
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


def score_all(
    items: Sequence[T],
    keys: Sequence[Hashable],
    labels: Sequence[tuple[str, ...]],
    encoded: Callable[[Sequence[T]], Iterable[TensorBatch]],
    memo: LogitsCache,
) -> list[Scores]:
    """One `Scores` for each item, in order; items of equal keys are scored once.

    `memo` holds the logits of earlier calls and takes up those of this one.
    """
    # A key holds each token of its rows: a digest takes a hundredth of the memory.
    marks = [hashlib.blake2b(repr(key).encode(), digest_size=16).digest() for key in keys]
    found = {mark: memo.get(mark) for mark in marks}
    missing = {m: item for m, item in zip(marks, items, strict=True) if found[m] is None}
    wanted = list(missing)
    with torch.inference_mode():
        for batch in encoded(list(missing.values())):
            values = batch.forward(batch.embeddings, *batch.arguments).double().tolist()
            for index, row in zip(batch.indices, values, strict=True):
                found[wanted[index]] = tuple(row)
                memo.put(wanted[index], tuple(row))
    made = []
    for mark, names in zip(marks, labels, strict=True):
        logits = found[mark] or ()
        shares = torch.tensor(logits, dtype=torch.float64).softmax(0).tolist()
        made.append(Scores(names, logits, tuple(shares)))
    return made
