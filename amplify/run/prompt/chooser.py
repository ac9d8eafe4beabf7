"""Chooses for each input the demonstrations that a finished prompt shows."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.data import Example
from amplify.contract.selector import Candidate
from amplify.loop.checked.selector import CheckedSelector
from amplify.loop.select.gather import gather
from amplify.run.prompt.choice import DemonstrationChoice
from amplify.run.prompt.layout import Layout


class Chooser:
    """Lays the prompt of each input out with the demonstrations that its selector chooses."""

    def __init__(
        self, base: Layout, choice: DemonstrationChoice, selector: CheckedSelector
    ) -> None:
        """`base` is the layout of the prompt, `selector` that of the choice, built."""
        self._base = base
        self._choice = choice
        self._selector = selector
        self._candidates = [
            Candidate(Example(example.id, example.text, example.label)) for example in choice.pool
        ]

    def __call__(self, items: Sequence[Example]) -> list[Layout]:
        """The layout of each item, which is chosen by its text."""
        if not items:
            return []
        selection = self._selector.select(self._candidates, self._choice.shots, items)
        selection, chosen = gather(selection, items)
        ids = [shot.example.id for shot in selection.shots]
        return [
            self._choice.layout(self._base, [ids[place] for place in chosen[item.id]])
            for item in items
        ]
