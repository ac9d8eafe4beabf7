"""A gradient proxy without a language model: embeddings of pieces of the text, and any function.

Needs torch: imported by the tests of the plugins alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from amplify import Example, Scores

WIDTH = 6
PIECES = re.compile(r"\[PAD\]|\[MASK\]|\w{1,4}|[^\w\s]")

Score = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""From embeddings [rows, tokens, width] and mask [rows, tokens] to [rows, labels]."""


@dataclass
class TokenBatch:
    """An `EncodedBatch`."""

    indices: tuple[int, ...]
    labels: tuple[tuple[str, ...], ...]
    rows_per_example: int
    embeddings: Any
    baseline: Any
    mask: Any
    arguments: tuple[Any, ...]
    offsets: tuple[tuple[tuple[int, int] | None, ...], ...]
    score: Score

    def forward(self, embeddings: Any, *arguments: Any) -> Any:
        scores = self.score(embeddings, *arguments)
        return scores.reshape(-1, self.rows_per_example) if self.rows_per_example > 1 else scores


class TokenProxy:
    """Two items to a batch, padded, in float64; the first token of a row is a special one.

    `score` is the sum of the embeddings times `weights`, plus `bias`, unless another is given. The
    pieces `unread` are masked out. Items with options are scored by `option_weights`.
    """

    def __init__(
        self,
        labels: tuple[str, ...],
        seed: int = 0,
        score: Score | None = None,
        unread: Sequence[str] = (),
        table: dict[str, torch.Tensor] | None = None,
    ) -> None:
        self.labels = labels
        self.generator = torch.Generator().manual_seed(seed)
        self.weights = self.draw(WIDTH, len(labels))
        self.option_weights = self.draw(WIDTH, 1)
        self.bias = self.draw(len(labels))
        self.table = table if table is not None else {}
        self.unread = unread
        self.score = score or (
            lambda embeddings, mask: total(embeddings, mask) @ self.weights + self.bias
        )

    def draw(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self.generator, dtype=torch.float64)

    def embed(self, piece: str) -> torch.Tensor:
        if piece not in self.table:
            self.table[piece] = self.draw(WIDTH)
        return self.table[piece]

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        """Nothing to learn."""

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        found: dict[int, Scores] = {}
        for batch in self.batches(examples):
            logits = batch.forward(batch.embeddings, *batch.arguments)
            for index, labels, row in zip(batch.indices, batch.labels, logits, strict=True):
                found[index] = Scores(labels, tuple(row.tolist()), tuple(row.softmax(0).tolist()))
        return [found[index] for index in range(len(examples))]

    def rows(self, example: Example) -> list[list[tuple[str, tuple[int, int] | None]]]:
        def pieces(start: int, end: int) -> list[tuple[str, tuple[int, int] | None]]:
            return [(m.group(), m.span()) for m in PIECES.finditer(example.text, start, end)]

        if not example.options:
            return [[("<s>", None), *pieces(0, len(example.text))]]
        question = pieces(*(example.question or (0, len(example.text))))
        return [[("<s>", None), *question, *pieces(o.start, o.end)] for o in example.options]

    def batches(self, examples: Sequence[Example]) -> Iterator[TokenBatch]:
        order = sorted(range(len(examples)), key=lambda i: (len(self.rows(examples[i])), -i))
        while order:
            first = order.pop(0)
            count = len(self.rows(examples[first]))
            taken = [first]
            if order and len(self.rows(examples[order[0]])) == count:
                taken.append(order.pop(0))
            yield self._batch(examples, taken, count)

    def _batch(self, examples: Sequence[Example], taken: list[int], count: int) -> TokenBatch:
        rows = [row for index in taken for row in self.rows(examples[index])]
        length = max(map(len, rows))
        pad, mask_token = self.embed("[PAD]"), self.embed("[MASK]")
        embeddings = pad.repeat(len(rows), length, 1)
        baseline = embeddings.clone()
        mask = torch.zeros(len(rows), length, dtype=torch.float64)
        for at, row in enumerate(rows):
            for position, (piece, place) in enumerate(row):
                embeddings[at, position] = self.embed(piece)
                baseline[at, position] = pad if place else self.embed(piece)
                mask[at, position] = float(piece not in self.unread)
        by_option = bool(examples[taken[0]].options)
        return TokenBatch(
            tuple(taken),
            tuple(examples[index].labels(self.labels) for index in taken),
            count,
            embeddings,
            baseline,
            mask_token,
            (mask,),
            tuple((*(p for _, p in row), *((None,) * (length - len(row)))) for row in rows),
            (lambda e, m: total(e, m) @ self.option_weights) if by_option else self.score,
        )


def total(embeddings: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Tensor [rows, width]: the sum over the tokens that are read."""
    return (embeddings * mask.unsqueeze(-1)).sum(1)


def bent(proxy: TokenProxy) -> Score:
    """A smooth score that is not linear, and in which tokens act together."""
    inner, outer = proxy.draw(WIDTH, 8), proxy.draw(8, len(proxy.labels))

    def score(embeddings: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return torch.tanh(0.3 * total(embeddings, mask) @ inner) @ outer

    return score
