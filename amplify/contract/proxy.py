"""The role of a proxy: a small model that scores labels, and what explainers ask of it.

Tensors are typed `Any` here, so that this module imports no torch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from amplify.contract.data import Example


@dataclass(frozen=True, slots=True)
class Scores:
    """A proxy's view of one example: a logit and a probability for each label that is open to it.

    `labels`, `logits` and `probabilities` run in parallel; probabilities sum to 1.
    """

    labels: tuple[str, ...]
    logits: tuple[float, ...]
    probabilities: tuple[float, ...]

    def probability(self, label: str) -> float:
        """The probability of `label`; 0.0 for a label that is not open to the example."""
        return self.probabilities[self.labels.index(label)] if label in self.labels else 0.0

    @property
    def best(self) -> str:
        """The label with the highest probability; the first of equals."""
        return self.labels[max(range(len(self.labels)), key=self.probabilities.__getitem__)]

    def foil(self, truth: str) -> str:
        """The best wrong label: the highest probability among all labels but `truth`."""
        wrong = [i for i, label in enumerate(self.labels) if label != truth]
        return self.labels[max(wrong, key=self.probabilities.__getitem__)]


@dataclass(frozen=True, slots=True)
class Parts:
    """The logits of one example, taken apart by a linear proxy.

    `words` are the character ranges of the words that it reads, in order, a repeated word at each
    of its places. The logit of `labels[j]` is `rest[j]` plus `shares[i][j]` over all words `i`.
    """

    labels: tuple[str, ...]
    words: tuple[tuple[int, int], ...]
    shares: tuple[tuple[float, ...], ...]
    rest: tuple[float, ...]


class Proxy(Protocol):
    """A small model that scores labels."""

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        """Learn the task from `train`; a proxy that is used as it is leaves the method out."""

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        """One `Scores` for each example, in order."""


class EncodedBatch(Protocol):
    """A batch of examples as a gradient proxy sees them, ready for a differentiable forward.

    An example takes `rows_per_example` rows (1 for a plain classifier; one for each option or
    label where those are scored apart). Row `r` belongs to example `r // rows_per_example` of
    the batch.
    """

    indices: tuple[int, ...]
    """Position of each example of the batch in the list that was given."""

    labels: tuple[tuple[str, ...], ...]
    """For each example, the labels that its logits stand for, in order."""

    rows_per_example: int

    embeddings: Any
    """Tensor [rows, tokens, width]: the token embeddings, detached, a leaf."""

    baseline: Any
    """Tensor [rows, tokens, width]: the same with every token of the text as padding."""

    mask: Any
    """Tensor [width]: the embedding of the mask token; None where the model has none."""

    arguments: tuple[Any, ...]
    """Further tensors that `forward` takes; first dimension: rows (masks, token ids)."""

    offsets: tuple[tuple[tuple[int, int] | None, ...], ...]
    """For each row and token: its character range in the example's text, None outside it."""

    def forward(self, embeddings: Any, *arguments: Any) -> Any:
        """Tensor [examples, labels] of logits, differentiable with respect to `embeddings`.

        Takes any whole multiple of the batch's rows (as Captum's expanded inputs have).
        """


class GradientProxy(Proxy, Protocol):
    """A proxy that also offers gradients."""

    def batches(self, examples: Sequence[Example]) -> Iterator[EncodedBatch]:
        """The examples in batches of any order; each example stands in exactly one."""


class FeatureProxy(Proxy, Protocol):
    """A proxy whose last layer is linear, and that tells what this layer reads."""

    def features(self, examples: Sequence[Example]) -> list[tuple[float, ...]]:
        """A vector for each example, in order, all of the same length."""


class LinearProxy(Proxy, Protocol):
    """A proxy whose logits are sums over the words of the text, and that takes them apart."""

    def parts(self, examples: Sequence[Example]) -> list[Parts]:
        """One `Parts` for each example, in order, that adds up to the logits of `predict`."""
