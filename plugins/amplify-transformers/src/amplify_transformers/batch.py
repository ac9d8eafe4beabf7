"""The encoded batch that explainers differentiate, and the scores that come of batches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

from amplify import Scores
from amplify_transformers.batching import Padded
from amplify_transformers.encode import Place, Tokens
from amplify_transformers.memo import Memo

T = TypeVar("T")


@dataclass
class Batch:
    """An `EncodedBatch` of the contract. `score` gives [rows, labels], or [rows, 1] by row."""

    indices: tuple[int, ...]
    labels: tuple[tuple[str, ...], ...]
    rows_per_example: int
    embeddings: Any
    baseline: Any
    mask: Any
    arguments: tuple[Any, ...]
    offsets: tuple[tuple[Place, ...], ...]
    score: Callable[..., Any]
    by_row: bool

    def forward(self, embeddings: Any, *arguments: Any) -> Any:
        """Tensor [examples, labels] of logits, differentiable with respect to `embeddings`."""
        scores = self.score(embeddings, *arguments)
        return scores.reshape(-1, self.rows_per_example) if self.by_row else scores

    @classmethod
    def of(
        cls,
        indices: Sequence[int],
        rows: Sequence[Tokens],
        padded: Padded,
        words: Any,
        filler: int,
        score: Callable[..., Any],
        arguments: tuple[Any, ...],
        labels: Sequence[tuple[str, ...]] | None,
        by_row: bool,
        mask: int | None = None,
    ) -> Batch:
        """The batch of `rows`, whose items stand at `indices`; `words` embeds token ids.

        `filler` and `mask` are the ids of tokens that stand for nothing. The embeddings of a model
        in half precision are handed out in float32, so that what is reckoned with them is not
        rounded once more.
        """
        length = padded.ids.shape[1]
        with torch.no_grad():
            embeddings = full(words(padded.ids)).detach()
            baseline = full(words(torch.where(padded.text, filler, padded.ids))).detach()
            hidden = None if mask is None else full(words(padded.ids.new_tensor([mask])))[0]
        return cls(
            indices=tuple(indices),
            labels=tuple(labels[index] for index in indices) if labels is not None else (),
            rows_per_example=len(rows) // len(indices),
            embeddings=embeddings,
            baseline=baseline,
            mask=hidden,
            arguments=arguments,
            offsets=tuple((*row.places, *((None,) * (length - len(row.places)))) for row in rows),
            score=score,
            by_row=by_row,
        )


def full(values: torch.Tensor) -> torch.Tensor:
    """The values, in float32 where they are in half precision."""
    return values.float() if values.dtype in (torch.bfloat16, torch.float16) else values


def score_all(
    items: Sequence[T],
    keys: Sequence[Hashable],
    labels: Sequence[tuple[str, ...]],
    encoded: Callable[[Sequence[T]], Iterable[Batch]],
    memo: Memo,
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
