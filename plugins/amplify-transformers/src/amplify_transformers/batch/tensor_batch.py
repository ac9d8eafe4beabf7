"""A batch of examples as explainers differentiate it: embeddings, and the scores that follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from amplify_transformers.batch.by_length import PaddedRows
from amplify_transformers.tokens.encoding import EncodedRow, Offset


@dataclass
class TensorBatch:
    """An `EncodedBatch` of the contract.

    `score` takes embeddings and `arguments` and gives [rows, labels]; with `by_row`, where each row
    scores one label, [rows, 1].
    """

    indices: tuple[int, ...]
    labels: tuple[tuple[str, ...], ...]
    rows_per_example: int
    embeddings: Any
    baseline: Any
    mask: Any
    arguments: tuple[Any, ...]
    offsets: tuple[tuple[Offset, ...], ...]
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
        rows: Sequence[EncodedRow],
        padded: PaddedRows,
        words: Any,
        filler: int,
        score: Callable[..., Any],
        arguments: tuple[Any, ...],
        labels: Sequence[tuple[str, ...]] | None,
        by_row: bool,
        mask: int | None = None,
    ) -> TensorBatch:
        """The batch of `rows`, which `padded` holds as tensors; `words` embeds their token ids.

        `indices` are the positions of the examples in the caller's list, which `labels` (None: left
        out) is indexed by. `filler` and `mask` are the ids of the padding and of the mask token.
        For `score`, `arguments` and `by_row` see the class. Embeddings in half precision are handed
        out in float32, so that an explainer's sums are not rounded once more.
        """
        length = padded.ids.shape[1]
        with torch.no_grad():
            embeddings = to_float32(words(padded.ids)).detach()
            baseline = to_float32(words(torch.where(padded.text, filler, padded.ids))).detach()
            hidden = None if mask is None else to_float32(words(padded.ids.new_tensor([mask])))[0]
        return cls(
            indices=tuple(indices),
            labels=tuple(labels[index] for index in indices) if labels is not None else (),
            rows_per_example=len(rows) // len(indices),
            embeddings=embeddings,
            baseline=baseline,
            mask=hidden,
            arguments=arguments,
            offsets=tuple((*row.offsets, *((None,) * (length - len(row.offsets)))) for row in rows),
            score=score,
            by_row=by_row,
        )


def to_float32(values: torch.Tensor) -> torch.Tensor:
    """The values, in float32 where they are in half precision."""
    return values.float() if values.dtype in (torch.bfloat16, torch.float16) else values
