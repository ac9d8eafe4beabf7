"""A checked proxy: it scores examples without their labels, and its scores are checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from amplify.contract.data import Example
from amplify.contract.guard.checked import Checked
from amplify.contract.guard.origin import Origin
from amplify.contract.proxy import Parts, Proxy, Scores
from amplify.loop.checked.batches import CheckedBatch, check_batches
from amplify.loop.checked.copies import example_apart
from amplify.loop.checked.features import check_features
from amplify.loop.checked.parts import check_parts
from amplify.loop.checked.scores import check_scores

OFFERED = {"gradients": "batches", "linear": "parts", "features": "features"}
"""The method that each offer of a proxy stands for."""


class CheckedProxy(Checked):
    """A `Proxy`, and what else it was declared to offer."""

    role = "proxy"
    needed = ("predict",)
    defaults = Proxy

    def __init__(self, inner: Any, origin: Origin, offers: Collection[str] = ()) -> None:
        super().__init__(inner, origin)
        self.require(*(OFFERED[offer] for offer in offers if offer in OFFERED))
        self._labels: tuple[str, ...] | None = None

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        """Have it learn the task."""
        self._labels = labels
        with self.guard("fit"):
            self.member("fit")([example_apart(example) for example in train], labels)

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        """One `Scores` for each example, in order."""
        # What is no example is the caller's fault, so that it is looked at outside of the guard.
        given = _scored(examples)
        with self.guard("predict"):
            return check_scores(self.inner.predict(given), examples, self._labels)

    def _guarded(self, name: str) -> Any:
        checked = {
            "batches": self._batches,
            "parts": self._parts,
            "features": self._features,
        }
        return checked.get(name) or super()._guarded(name)

    def _parts(self, examples: Sequence[Example]) -> list[Parts]:
        given = _scored(examples)
        with self.guard("parts"):
            return check_parts(self.inner.parts(given), examples)

    def _features(self, examples: Sequence[Example]) -> list[tuple[float, ...]]:
        given = _scored(examples)
        with self.guard("features"):
            return check_features(self.inner.features(given), examples)

    def _batches(self, examples: Sequence[Example]) -> Iterator[CheckedBatch]:
        given = _scored(examples)
        with self.guard("batches"):
            inner_batches = iter(self.inner.batches(given))
        batches = check_batches(self.each("batches", inner_batches), examples, self.origin)
        return self.each("batches", batches)


def _scored(examples: Sequence[Example]) -> list[Example]:
    """Examples without their labels. Proxies get very many: whoever gives one that is not its own
    gives it apart, with its options."""
    return [Example(e.id, e.text, "", e.options, e.question) for e in examples]
