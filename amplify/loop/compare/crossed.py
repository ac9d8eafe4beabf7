"""Tests a difference between two methods over new items and new draws of demonstrations at once.

Draws and items are crossed random effects: a draw is answered on many items, an item under many
draws. The difference of a cell (one draw, one item) is the overall difference, plus what is
particular to its draw, to its item, and to the cell.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from amplify.loop.compare.statistics import LEVEL


@dataclass(frozen=True)
class Variances:
    """The variance components of one cell's difference: of its draw, of its item, and the rest.

    Accuracies are shares, so a standard deviation between draws of 12 points is a `draw` of 0.0144.
    """

    draw: float
    item: float
    rest: float


@dataclass(frozen=True)
class Crossed:
    """A mean paired difference, as it would be over new draws and new items.

    `interval` is the 95% interval and `p_value` the two-sided p-value of Student's t with `degrees`
    of freedom. Where nothing can be said (fewer than two draws or two items, or all cells alike)
    `interval`, `standard_error` and `degrees` are None and `p_value` is 1.
    """

    difference: float
    interval: tuple[float, float] | None
    p_value: float
    standard_error: float | None
    degrees: float | None
    draws: int
    items: int
    cells: int
    variances: Variances


def crossed(
    differences: Sequence[float], draws: Sequence[Hashable], items: Sequence[Hashable]
) -> Crossed:
    """The mean of the cells' differences, with its interval and test over draws and items.

    `differences` has one value a cell: how much more often the first method is right than the
    second, from -1 to 1; `draws` and `items` name the draw and the item of each cell. Cells may be
    missing, and draws may have different items. Where the second method has a single prompt, its
    answers stand in every draw, and the draws are those of the first alone.

    The variance components are estimated by moments (Henderson 1953, Biometrics 9, 226-252; in
    linear time by Gao and Owen 2017, Electronic Journal of Statistics 11, 1235-1296), which for a
    complete layout is the two-way analysis of variance; none is taken for less than 0. The test is
    that of studies in which several readers read the same cases (Dorfman, Berbaum and Metz 1992,
    Investigative Radiology 27, 723-731), with draws as readers and items as cases: Student's t with
    degrees of freedom after Satterthwaite (1946, Biometrics Bulletin 2, 110-114) as Hillis has
    them (2007, Statistics in Medicine 26, 596-619).
    """
    import numpy as np

    values = np.asarray(differences, dtype=float)
    draw, item = _codes(draws), _codes(items)
    per_draw, per_item = np.bincount(draw), np.bincount(item)
    cells, many = len(values), min(len(per_draw), len(per_item)) > 1
    counts = len(per_draw), len(per_item), cells
    mean = float(np.mean(values))
    variances = _variances(values - mean, draw, item) if many else Variances(0.0, 0.0, 0.0)
    by_draw = variances.draw * np.sum(per_draw**2) / cells**2 + variances.rest / cells
    by_item = variances.item * np.sum(per_item**2) / cells**2
    if not by_draw + by_item:
        return Crossed(mean, None, 1.0, None, None, *counts, variances)
    degrees = satterthwaite(
        float(by_draw),
        cells**2 / np.sum(per_draw**2),
        float(by_item),
        cells**2 / np.sum(per_item**2),
    )
    return _by_t(mean, float(np.sqrt(by_draw + by_item)), degrees, counts, variances)


def satterthwaite(by_draw: float, draws: float, by_item: float, items: float) -> float:
    """The degrees of freedom of a variance that is the sum of two estimates.

    `by_draw` is the part of a mean's variance that is estimated from so many draws (`draws`),
    `by_item` the part that is estimated from so many items.
    """
    return float((by_draw + by_item) ** 2 / (by_draw**2 / (draws - 1) + by_item**2 / (items - 1)))


def _by_t(
    mean: float,
    error: float,
    degrees: float,
    counts: tuple[int, int, int],
    variances: Variances,
) -> Crossed:
    from scipy.special import stdtr, stdtrit

    margin = float(stdtrit(degrees, 1 - LEVEL / 2)) * error
    p_value = float(2 * stdtr(degrees, -abs(mean) / error))
    interval = (max(-1.0, mean - margin), min(1.0, mean + margin))
    return Crossed(mean, interval, p_value, error, degrees, *counts, variances)


def _codes(labels: Sequence[Hashable]) -> Any:
    """The labels as numbers from 0, in the order of their first places."""
    import numpy as np

    number: dict[Hashable, int] = {}
    return np.fromiter(
        (number.setdefault(label, len(number)) for label in labels),
        dtype=np.intp,
        count=len(labels),
    )


def _variances(values: Any, draw: Any, item: Any) -> Variances:
    """The variance components of values around their mean, from three sums of squares."""
    import numpy as np

    cells = len(values)
    squares = float(values @ values)
    per_draw, per_item = np.bincount(draw), np.bincount(item)
    # Mean squares of cells that share a draw (item + rest) and of cells that share an item
    # (draw + rest).
    in_draws = squares - float(np.sum(np.bincount(draw, values) ** 2 / per_draw))
    in_items = squares - float(np.sum(np.bincount(item, values) ** 2 / per_item))
    same_draw = in_draws / (cells - len(per_draw)) if cells > len(per_draw) else 0.0
    over_draws = cells - float(np.sum(per_draw**2)) / cells
    over_items = cells - float(np.sum(per_item**2)) / cells
    if cells == len(per_item):
        # No item was answered twice, so that an item's part cannot be told from the rest.
        between = (squares - same_draw * (cells - 1)) / over_draws
        return Variances(_positive(between), 0.0, _positive(same_draw))
    same_item = in_items / (cells - len(per_item))
    rest = (over_draws * same_item + over_items * same_draw - squares) / (
        over_draws + over_items - cells + 1
    )
    return Variances(_positive(same_item - rest), _positive(same_draw - rest), _positive(rest))


def _positive(variance: float) -> float:
    """The variance, or 0 where rounding or chance has put the estimate at or below it."""
    return variance if variance > 1e-12 else 0.0
