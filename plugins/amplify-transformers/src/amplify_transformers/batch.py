"""The encoded batch that explainers differentiate, and the scores that come of batches."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

from amplify import Scores
from amplify_transformers.batching import Padded
from amplify_transformers.encode import Place, Tokens

T = TypeVar("T")


@dataclass
class Batch:
    """An `EncodedBatch` of the contract. `score` gives [rows, labels], or [rows, 1] by row."""

    indices: tuple[int, ...]
    labels: tuple[tuple[str, ...], ...]
    rows_per_example: int
    embeddings: Any
    baseline: Any
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
    ) -> Batch:
        """The batch of `rows`, whose items stand at `indices`; `words` embeds token ids."""
        length = padded.ids.shape[1]
        with torch.no_grad():
            embeddings = words(padded.ids).detach()
            baseline = words(torch.where(padded.text, filler, padded.ids)).detach()
        return cls(
            indices=tuple(indices),
            labels=tuple(labels[index] for index in indices) if labels is not None else (),
            rows_per_example=len(rows) // len(indices),
            embeddings=embeddings,
            baseline=baseline,
            arguments=arguments,
            offsets=tuple((*row.places, *((None,) * (length - len(row.places)))) for row in rows),
            score=score,
            by_row=by_row,
        )


def score_all(
    items: Sequence[T],
    keys: Sequence[Hashable],
    labels: Sequence[tuple[str, ...]],
    encoded: Callable[[Sequence[T]], Iterable[Batch]],
) -> list[Scores]:
    """One `Scores` for each item, in order; items of equal keys are scored once."""
    unique = dict(zip(keys, items, strict=True))
    place = {key: index for index, key in enumerate(unique)}
    logits: list[list[float]] = [[]] * len(unique)
    with torch.inference_mode():
        for batch in encoded(list(unique.values())):
            values = batch.forward(batch.embeddings, *batch.arguments).double().tolist()
            for index, row in zip(batch.indices, values, strict=True):
                logits[index] = row
    found = []
    for key, names in zip(keys, labels, strict=True):
        row = logits[place[key]]
        shares = torch.tensor(row, dtype=torch.float64).softmax(0).tolist()
        found.append(Scores(names, tuple(row), tuple(shares)))
    return found
