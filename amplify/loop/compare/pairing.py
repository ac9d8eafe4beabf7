"""Pair what two arms answered to the same item, within each draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amplify.contract.data import Prediction

Draw = tuple[int, int]
"""A draw of demonstrations: the seed of its run, and its number in that run."""

ByDraw = Mapping[Draw, Sequence[Prediction]]
"""An arm's predictions by draw. Draw 0 stands beside every draw of other arms: beside those of its
seed, and of all seeds where it is the only draw of its arm."""

Pair = tuple[Prediction, Prediction]
"""What two arms answered to one item."""


def scored_by_both(ours: ByDraw, theirs: ByDraw) -> dict[tuple[Draw, str], Pair]:
    """What the two answered, by draw and item, of those that both were scored on."""
    cells: dict[tuple[Draw, str], Pair] = {}
    for draw in sorted({*ours, *theirs}):
        for item, pair in _pairs(_beside(draw, ours), _beside(draw, theirs)).items():
            cells[draw, item] = pair
    return cells


def _beside(draw: Draw, by_draw: ByDraw) -> Sequence[Prediction]:
    """The predictions of this draw of the arm, or those that stand beside it."""
    of_draw = by_draw.get(draw, by_draw.get((draw[0], 0)))
    if of_draw is None and len(by_draw) == 1:
        (((_, number), only),) = by_draw.items()
        of_draw = only if number == 0 else None
    return of_draw or ()


def pairs_by_draw(cells: Mapping[tuple[Draw, str], Pair]) -> dict[Draw, list[Pair]]:
    """The pairs of each draw, of those by draw and item."""
    pairs_of: dict[Draw, list[Pair]] = {}
    for (draw, _), pair in cells.items():
        pairs_of.setdefault(draw, []).append(pair)
    return pairs_of


def _pairs(ours: Sequence[Prediction], theirs: Sequence[Prediction]) -> dict[str, Pair]:
    by_item = {p.item: p for p in theirs if p.status != "prepared"}
    return {
        p.item: (p, by_item[p.item]) for p in ours if p.status != "prepared" and p.item in by_item
    }


def discordant(pairs: Sequence[Pair]) -> tuple[int, int]:
    """How many items the first of two arms alone got right, and how many the second alone."""
    return (
        sum(a.correct and not b.correct for a, b in pairs),
        sum(b.correct and not a.correct for a, b in pairs),
    )
