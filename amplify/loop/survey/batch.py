"""Examples that a proxy scores together, each different input once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from amplify.contract.data import Example, Option
from amplify.contract.errors import PluginError
from amplify.contract.grammar import counted
from amplify.contract.guard.calling import calling
from amplify.contract.proxy import Scores

Predict = Callable[[Sequence[Example]], Sequence[Scores]]

Input = tuple[str, tuple[Option, ...], tuple[int, int] | None]
"""What a proxy sees of an example."""


class Batch:
    """Gathers examples for one call; an input that was added before keeps its place."""

    def __init__(self) -> None:
        self.examples: list[Example] = []
        self._places: dict[Input, int] = {}

    def add(self, example: Example) -> int:
        """The place of the example's input in the batch."""
        key = (example.text, example.options, example.question)
        place = self._places.setdefault(key, len(self.examples))
        if place == len(self.examples):
            self.examples.append(example)
        return place

    def predicted(self, predict: Predict) -> Sequence[Scores]:
        """The scores of every input, in order of the places; an empty batch asks nothing."""
        if not self.examples:
            return []
        with calling("the proxy"):
            scores = predict(self.examples)
        if len(scores) != len(self.examples):
            raise PluginError(
                f"the proxy returned {counted(len(scores), 'score')} for"
                f" {counted(len(self.examples), 'example')}"
            )
        return scores
