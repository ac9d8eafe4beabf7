"""A gradient proxy's batches: every example once, tensors of one shape, places in the texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from amplify.contract.data import Example
from amplify.contract.grammar import counted
from amplify.contract.guard.brief import brief
from amplify.contract.guard.calling import Wrong
from amplify.contract.guard.checked import Checked
from amplify.contract.guard.origin import Origin
from amplify.contract.guard.shapes import ends, several, texts, whole


class CheckedBatch(Checked):
    """An `EncodedBatch` whose parts fit together."""

    role = "proxy"
    needed = ("forward",)

    def __init__(self, inner: Any, origin: Origin, examples: Sequence[Example]) -> None:
        super().__init__(inner, origin)
        with self.guard("forward"):
            self._check(examples)

    def forward(self, embeddings: Any, *arguments: Any) -> Any:
        """Tensor [examples, labels] of logits."""
        with self.guard("forward"):
            logits = self.inner.forward(embeddings, *arguments)
            rows = embeddings.shape[0]
            wanted = (rows // self.rows_per_example, len(self.labels[0]))
            if _shape(logits, "what forward returns") != wanted:
                raise Wrong(f"forward gives {tuple(logits.shape)} logits for {rows} rows")
            return logits

    def _check(self, examples: Sequence[Example]) -> None:
        inner = self.inner
        self.indices = tuple(
            whole(index, "an index") for index in several(inner.indices, "indices")
        )
        for index in self.indices:
            if not 0 <= index < len(examples):
                raise Wrong(f"a batch holds example {index} of {len(examples)}")
        self.labels = tuple(texts(row, "labels") for row in several(inner.labels, "labels"))
        if len(self.labels) != len(self.indices) or len({len(row) for row in self.labels}) != 1:
            raise Wrong(
                f"a batch of {counted(len(self.indices), 'example')} has labels"
                f" {brief(self.labels)}"
            )
        self.rows_per_example = whole(inner.rows_per_example, "rows_per_example", 1)
        self.embeddings, self.baseline = inner.embeddings, inner.baseline
        self.arguments = several(inner.arguments, "arguments")
        shape = _shape(self.embeddings, "embeddings")
        rows = len(self.indices) * self.rows_per_example
        if len(shape) != 3 or shape[0] != rows:
            raise Wrong(f"embeddings of the shape {shape} for {rows} rows")
        if _shape(self.baseline, "baseline") != shape:
            raise Wrong(f"the baseline's shape is not that of the embeddings, {shape}")
        for argument in self.arguments:
            if _shape(argument, "an argument")[:1] != (rows,):
                raise Wrong(f"an argument of the shape {tuple(argument.shape)} for {rows} rows")
        self.mask = inner.mask
        if self.mask is not None and _shape(self.mask, "mask") != shape[2:]:
            raise Wrong(f"the mask's shape is {tuple(self.mask.shape)}, not {shape[2:]}")
        self.offsets = self._places(shape[1], examples)

    def _places(
        self, tokens: int, examples: Sequence[Example]
    ) -> tuple[tuple[tuple[int, int] | None, ...], ...]:
        every = several(self.inner.offsets, "offsets")
        if len(every) != len(self.indices) * self.rows_per_example:
            raise Wrong(
                f"a batch of {counted(len(self.indices), 'example')} has"
                f" {counted(len(every), 'row')} of offsets"
            )
        places_by_row = []
        for row, places in enumerate(every):
            example = examples[self.indices[row // self.rows_per_example]]
            row_places = several(places, "a row of offsets", example.id)
            if len(row_places) != tokens:
                raise Wrong(f"{len(row_places)} offsets for {tokens} tokens", example.id)
            length = len(example.text)
            places_by_row.append(
                tuple(
                    None if place is None else ends(place, length, "a token's place", example.id)
                    for place in row_places
                )
            )
        return tuple(places_by_row)


def check_batches(
    batches: Iterator[Any], examples: Sequence[Example], origin: Origin
) -> Iterator[CheckedBatch]:
    """The batches as they come; Wrong where an example stands in none of them, or in two."""
    left = set(range(len(examples)))
    for batch in batches:
        checked = CheckedBatch(batch, origin, examples)
        for index in checked.indices:
            if index not in left:
                raise Wrong("stands in two batches", examples[index].id)
            left.discard(index)
        yield checked
    if left:
        raise Wrong("stands in no batch", examples[min(left)].id)


def _shape(tensor: object, what: str) -> tuple[int, ...]:
    shape = getattr(tensor, "shape", None)
    if shape is None:
        raise Wrong(f"{what} is {type(tensor).__name__}, no tensor")
    return tuple(shape)
