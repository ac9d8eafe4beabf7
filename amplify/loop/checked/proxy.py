"""The proxy behind a door: it scores examples without their labels, and its scores are checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from amplify.contract.attribution import Parts, Scores
from amplify.contract.data import Example
from amplify.contract.door import Door
from amplify.contract.origin import Origin
from amplify.loop.checked.batches import BatchDoor, check_batches
from amplify.loop.checked.parts import check_parts
from amplify.loop.checked.scores import check_scores
from amplify.loop.checked.unlabelled import all_unlabelled


class ProxyDoor(Door):
    """A `Proxy`, and what else it offers: `batches` and `parts` where it has them."""

    role = "proxy"
    needed = ("fit", "predict")

    def __init__(self, inner: Any, origin: Origin) -> None:
        super().__init__(inner, origin)
        self._labels: tuple[str, ...] | None = None

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        """Have it learn the task."""
        self._labels = labels
        with self.guard("fit"):
            self.inner.fit(train, labels)

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        """One `Scores` for each example, in order."""
        with self.guard("predict"):
            found = self.inner.predict(all_unlabelled(examples))
            return check_scores(found, examples, self._labels)

    def _guarded(self, name: str) -> Any:
        checked = {"batches": self._batches, "parts": self._parts}
        return checked.get(name) or super()._guarded(name)

    def _parts(self, examples: Sequence[Example]) -> list[Parts]:
        with self.guard("parts"):
            return check_parts(self.inner.parts(all_unlabelled(examples)), examples)

    def _batches(self, examples: Sequence[Example]) -> Iterator[BatchDoor]:
        with self.guard("batches"):
            made = iter(self.inner.batches(all_unlabelled(examples)))
        found = check_batches(self.each("batches", made), examples, self.origin)
        return self.each("batches", found)
