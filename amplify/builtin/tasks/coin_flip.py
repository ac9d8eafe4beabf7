"""Coin flip: is the coin still heads up? (Wei et al. 2022; file of Kojima et al. 2022)."""

from __future__ import annotations

import math
import random
from typing import Any

from amplify import Context, DataError, Dataset, Example, PlanError
from amplify.builtin.files import locate, read_json
from amplify.builtin.tasks.dataset import build_dataset
from amplify.builtin.tasks.options import CoinFlipOptions
from amplify.builtin.tasks.rows import TaskRow

_NAMES = """
Ada Amir Anna Bea Boris Carla Chen Dana Diego Elif Emma Farid Finn Greta Hana Hugo Ines Ivan Jana
Jorge Kaito Lena Luis Maya Milan Nadia Noah Olga Omar Paula Pedro Quinn Rosa Ravi Sara Tariq Uma
Viktor Yara Zoe
"""
NAMES = _NAMES.split()

LABELS = ("yes", "no")


class CoinFlip:
    """Generates items from the run's seed, or reads the published file."""

    def __init__(self, options: CoinFlipOptions, context: Context) -> None:
        self.options = options
        self.context = context

    def load(self) -> Dataset:
        """The data set, with the labels yes and no; half of the generated items have each label."""
        return self._published() if self.options.path else self._generated()

    def _published(self) -> Dataset:
        path = locate(self.context, self.options.path)
        value, digest = read_json(path)
        items = value.get("examples") if isinstance(value, dict) else None
        if not isinstance(items, list):
            raise DataError('needs a list "examples" at the top', where=str(path))
        rows = []
        for index, item in enumerate(items):
            values = [
                item.get(k) if isinstance(item, dict) else None for k in ("question", "answer")
            ]
            if not all(isinstance(value, str) and value.strip() for value in values):
                raise DataError(
                    "needs text as 'question' and as 'answer'", where=f"{path}, example {index}"
                )
            rows.append(TaskRow(f"{path.stem}-{index:04d}", str(values[0]), str(values[1])))
        source = {"path": self.options.path, "sha256": digest, "items": len(rows)}
        return build_dataset(
            path.stem, rows, source=source, instruction=self.options.instruction, labels=LABELS
        )

    def _generated(self) -> Dataset:
        items, people = self.options.items, self.options.flips
        if not 1 <= people <= 10:
            raise PlanError(f"flips is {people}", where="task coin-flip", hint="1 to 10 people")
        possible = math.perm(len(NAMES), people) * 2**people
        # Items are drawn until all differ, which is quick for at most half of the possible ones.
        if not 2 <= items <= max(possible // 2, 2):
            raise PlanError(
                f"items is {items}; with {people} people 2 to {possible // 2} can be generated",
                where="task coin-flip",
            )
        draw = random.Random(self.context.seed)
        texts: dict[str, str] = {}
        while len(texts) < items:
            label = LABELS[len(texts) % 2]
            text = _item(draw, people, label)
            texts.setdefault(text, label)
        examples = tuple(
            Example(f"coin-flip-{index:04d}", text, label)
            for index, (text, label) in enumerate(texts.items())
        )
        source: dict[str, Any] = {"generated": {"seed": self.context.seed, "people": people}}
        source["items"] = items
        return Dataset("coin_flip", self.options.instruction, LABELS, examples, source=source)


def _item(draw: random.Random, people: int, label: str) -> str:
    """An item of `label`: the coin stays heads up when an even number of people flip it."""
    names = draw.sample(NAMES, people)
    flips = [draw.random() < 0.5 for _ in names]
    if (sum(flips) % 2 == 0) != (label == "yes"):
        flips[-1] = not flips[-1]
    acts = [
        f"{name} flips the coin." if flip else f"{name} does not flip the coin."
        for name, flip in zip(names, flips, strict=True)
    ]
    return f"A coin is heads up. {' '.join(acts)} Is the coin still heads up?"
