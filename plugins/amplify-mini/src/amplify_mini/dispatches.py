"""The task `mini/dispatches`, as a source of labelled examples."""

from __future__ import annotations

from amplify import Context, Dataset, Example, PlanError
from amplify_mini.options import DispatchesOptions
from amplify_mini.task import INSTRUCTION, generate
from amplify_mini.words import LABELS


class Dispatches:
    """Generates the items from the run's seed."""

    def __init__(self, options: DispatchesOptions, context: Context) -> None:
        if options.items < 2:
            raise PlanError(f"items is 2 or more, not {options.items}", where="[task] items")
        self.options = options
        self.seed = context.seed

    def load(self) -> Dataset:
        """The generated data set."""
        pairs = generate(self.options.items, self.seed, self.options.length)
        examples = tuple(
            Example(f"dispatch-{index:05d}", text, label)
            for index, (text, label) in enumerate(pairs)
        )
        source = {"generator": "mini/dispatches", "length": self.options.length, "sha256": None}
        return Dataset("dispatches", INSTRUCTION, LABELS, examples, source=source)
