"""Scores examples batch by batch; an input that was scored before is not run again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import nullcontext
from typing import TypeVar

import torch

from amplify import Progress, Scores
from amplify_transformers.batch.tensor_batch import TensorBatch

CAPACITY = 2**15
"""How many inputs' logits are kept: an explainer that removes words asks for thousands a text."""

MANY = 64
"""From how many inputs on it is shown how many are scored."""

T = TypeVar("T")


class LogitsCache:
    """The logits of at most `capacity` inputs; those that were not used for longest go first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._logits: OrderedDict[Hashable, tuple[float, ...]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._logits)

    def get(self, key: Hashable) -> tuple[float, ...] | None:
        """The logits under `key`, None where there are none."""
        logits = self._logits.get(key)
        if logits is not None:
            self._logits.move_to_end(key)
        return logits

    def put(self, key: Hashable, logits: tuple[float, ...]) -> None:
        """Keep the logits under `key`."""
        self._logits[key] = logits
        self._logits.move_to_end(key)
        while len(self._logits) > self._capacity:
            self._logits.popitem(last=False)


def score_all(
    inputs: Sequence[T],
    keys: Sequence[Hashable],
    labels: Sequence[tuple[str, ...]],
    batches: Callable[[Sequence[T]], Iterable[TensorBatch]],
    cache: LogitsCache,
    show: Progress | None = None,
) -> list[Scores]:
    """One `Scores` for each input, in order; inputs of equal keys are scored once.

    `batches` puts inputs into batches, `labels` are those that each input's logits stand for.
    `cache` holds the logits of earlier calls and takes up those of this one. `show` is told of
    the inputs that are scored, where these are many.
    """
    # A key holds each token of its rows: a digest takes a hundredth of the memory.
    digests = [hashlib.blake2b(repr(key).encode(), digest_size=16).digest() for key in keys]
    logits = {digest: cache.get(digest) for digest in digests}
    missing = {d: value for d, value in zip(digests, inputs, strict=True) if logits[d] is None}
    missing_digests = list(missing)
    many = show is not None and len(missing) >= MANY
    shown = show("score texts by the proxy", len(missing)) if show and many else nullcontext()
    with shown as advance, torch.inference_mode():
        for batch in batches(list(missing.values())):
            values = batch.forward(batch.embeddings, *batch.arguments).double().tolist()
            if advance is not None:
                advance(len(values))
            for index, row in zip(batch.indices, values, strict=True):
                logits[missing_digests[index]] = tuple(row)
                cache.put(missing_digests[index], tuple(row))
    return [
        _scores(names, logits[digest] or ()) for digest, names in zip(digests, labels, strict=True)
    ]


def _scores(labels: tuple[str, ...], logits: tuple[float, ...]) -> Scores:
    probabilities = torch.tensor(logits, dtype=torch.float64).softmax(0).tolist()
    return Scores(labels, logits, tuple(probabilities))
