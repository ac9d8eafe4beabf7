"""The demonstrations that a finished prompt chooses among for each input, and how it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from amplify.run.prompt.layout import Layout, Turn
from amplify.run.prompt.parts import Count, Strict


class PoolExample(Strict, frozen=True):
    """An example of the pool; `turns` are what a prompt shows of it."""

    id: str
    text: str
    label: str
    turns: tuple[Turn, ...]


class DemonstrationChoice(Strict, frozen=True):
    """How demonstrations are chosen for each input, and from which pool.

    `selector` is how a plan names the selector, with its `options`, the `seed` of the arm's draw
    and the `device`. It is asked for `shots` examples, of which the best `most` are shown, the best
    one next to the input. `lead` is what opens the first message behind what the layout shares.
    """

    selector: str
    options: dict[str, Any]
    seed: int
    device: str
    shots: Count
    most: Count
    pool: tuple[PoolExample, ...]
    lead: str = ""

    def layout(self, base: Layout, chosen: Sequence[str]) -> Layout:
        """The layout of an input by its demonstrations; `base` is the prompt's own layout.

        `chosen` are the ids of the demonstrations, the best first.
        """
        by_id = {example.id: example for example in self.pool}
        shown = [by_id[name] for name in reversed(chosen[: self.most])]
        turns = [turn for example in shown for turn in example.turns]
        first, *rest = [*turns, *base.item]
        if self.lead:
            first = msgspec.structs.replace(first, parts=(self.lead, *first.parts))
        return msgspec.structs.replace(base, item=(first, *rest))
