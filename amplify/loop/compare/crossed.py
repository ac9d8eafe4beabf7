"""Tests a difference between two methods over new items and new draws of demonstrations at once.

Draws and items are crossed random effects: a draw is answered on many items, an item under many
draws. The difference of a cell (one draw, one item) is the overall difference, plus what is
particular to its draw, to its item, and to the cell.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from amplify.loop.compare.margin import VarianceParts
from amplify.loop.compare.statistics import LEVEL

ROUNDING = 1e-12
"""A variance of so little or less is an error of rounding."""


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

    `interval` is its 95% interval and `p_value` the two-sided one of the same test: it is below
    0.05 where the interval leaves out 0. `degrees` are the degrees of freedom with which Student's
    t and the `standard_error` have the same interval. Where nothing can be said (fewer than two
    draws or two items, or all cells alike) these are None and `p_value` is 1.
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
    differences: Sequence[float],
    draws: Sequence[Hashable],
    items: Sequence[Hashable],
    bound: float = 1.0,
) -> Crossed:
    """The mean of the cells' differences, with its interval and test over draws and items.

    `differences` has one value a cell: how much more often the first method is right than the
    second, from -1 to 1; `draws` and `items` name the draw and the item of each cell. Cells may be
    missing, and draws may have different items. Where the second method has a single prompt, its
    answers stand in every draw, and the draws are those of the first alone. The interval reaches no
    further than the largest possible difference, `bound`.

    The variance of the mean is that of studies in which several readers read the same cases
    (Dorfman, Berbaum and Metz 1992, Investigative Radiology 27, 723-731; Hillis 2007, Statistics
    in Medicine 26, 596-619), with draws as readers and items as cases: a part estimated from the
    draws, and a part estimated from the items. Each part is multiplied by the square of its own
    quantile of Student's t (Banerjee 1960, Sankhya 22, 357-358), so that the interval holds the
    true difference in at least 95% of all cases where both parts are normal. Adding up the parts
    and taking degrees of freedom after Satterthwaite (1946, Biometrics Bulletin 2, 110-114) does
    not, with few draws. The interval is never narrower than one over items alone.
    """
    import numpy as np

    values = np.asarray(differences, dtype=float)
    draw, item = codes(draws), codes(items)
    counts = int(draw.max()) + 1, int(item.max()) + 1, len(values)
    mean, variances, parts = _fit(values, draw, item)
    if parts is None:
        return Crossed(mean, None, 1.0, None, None, *counts, variances)
    margin = float(parts.margin(LEVEL))
    interval = (max(-bound, mean - margin), min(bound, mean + margin))
    p_value, degrees = parts.p_value(mean), parts.degrees()
    return Crossed(mean, interval, p_value, parts.standard_error, degrees, *counts, variances)


def crossed_interval(values: Any, draw: Any, item: Any) -> tuple[float, float] | None:
    """The interval of `crossed` alone; `draw` and `item` number the draw and the item of each cell.

    None where nothing can be said.
    """
    import numpy as np

    mean, _, parts = _fit(
        values,
        np.unique(draw, return_inverse=True)[1],
        np.unique(item, return_inverse=True)[1],
    )
    if parts is None:
        return None
    margin = float(parts.margin(LEVEL))
    return mean - margin, mean + margin


def _fit(values: Any, draw: Any, item: Any) -> tuple[float, Variances, VarianceParts | None]:
    """The mean of the cells, the variance components, and the parts of the variance of the mean.

    The parts are None where nothing can be said of it.
    """
    import numpy as np

    per_draw, per_item = np.bincount(draw), np.bincount(item)
    cells, mean = len(values), float(np.mean(values))
    if min(len(per_draw), len(per_item)) < 2:
        return mean, Variances(0.0, 0.0, 0.0), None
    estimates = _variances(values - mean, draw, item)
    variances = Variances(*(max(0.0, estimate) for estimate in estimates))
    rest = variances.rest / cells
    same_draw, same_item = np.sum(per_draw**2) / cells**2, np.sum(per_item**2) / cells**2
    parts = VarianceParts(
        max(0.0, float(estimates[0] * same_draw + rest)),
        float(variances.item * same_item),
        rest,
        float(1 / same_draw - 1),
        float(1 / same_item - 1),
    )
    return mean, variances, parts if parts.standard_error else None


def codes(labels: Sequence[Hashable]) -> Any:
    """The labels as numbers from 0, in the order of their first places."""
    import numpy as np

    number: dict[Hashable, int] = {}
    return np.fromiter(
        (number.setdefault(label, len(number)) for label in labels),
        dtype=np.intp,
        count=len(labels),
    )


def _variances(values: Any, draw: Any, item: Any) -> tuple[float, float, float]:
    """Moment estimates of the variances of draws, of items and of the rest, which may be below 0.

    From the sums of squares of all cells, within draws and within items (Henderson 1953, Biometrics
    9, 226-252); for a complete layout they are those of the two-way analysis of variance. `values`
    are differences from their mean.
    """
    import numpy as np

    cells = len(values)
    per_draw, per_item = np.bincount(draw), np.bincount(item)
    squares = float(values @ values)
    in_draws = squares - float(np.sum(np.bincount(draw, values) ** 2 / per_draw))
    in_items = squares - float(np.sum(np.bincount(item, values) ** 2 / per_item))
    over_draws = cells - float(np.sum(per_draw**2)) / cells
    over_items = cells - float(np.sum(per_item**2)) / cells
    # Cells of one draw differ by items and rest, cells of one item by draws and rest.
    item_and_rest = in_draws / max(1, cells - len(per_draw))
    if cells == len(per_item):
        # No item was answered twice, so that its part cannot be told from the rest.
        between = (squares - item_and_rest * (cells - 1)) / over_draws
        return _exact(between), 0.0, _exact(item_and_rest)
    draw_and_rest = in_items / (cells - len(per_item))
    rest = (over_draws * draw_and_rest + over_items * item_and_rest - squares) / (
        over_draws + over_items - cells + 1
    )
    return _exact(draw_and_rest - rest), _exact(item_and_rest - rest), _exact(rest)


def _exact(variance: float) -> float:
    """The variance, or 0 where it is no more than an error of rounding."""
    return 0.0 if abs(variance) < ROUNDING else variance
