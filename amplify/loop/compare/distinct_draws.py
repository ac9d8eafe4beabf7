"""Counts draws once that show the same examples: they tell nothing of new demonstrations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from amplify.loop.compare.pairing import Draw
from amplify.loop.prompt.shown import ShownExamples

T = TypeVar("T")


def distinct_draws(by_draw: Mapping[Draw, T], shown: Mapping[Draw, ShownExamples]) -> dict[Draw, T]:
    """Of an arm's draws the first of each that show the same examples.

    Where all of them do, the one that remains is draw 0, which stands beside every draw of other
    arms. A draw of which nothing is known (`shown`) is taken for one of its own.
    """
    first: dict[ShownExamples | Draw, Draw] = {}
    for draw in by_draw:
        first.setdefault(shown.get(draw, draw), draw)
    kept = {draw: by_draw[draw] for draw in first.values()}
    if len(kept) == 1 < len(by_draw):
        ((seed, _), value), *_ = kept.items()
        return {(seed, 0): value}
    return kept
