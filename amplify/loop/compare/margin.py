"""How far the mean difference of two methods over draws and items may be off."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from amplify.loop.compare.statistics import LEVEL

SMALLEST = 1e-100
"""The smallest p-value that is computed."""


@dataclass(frozen=True)
class VarianceParts:
    """What the variance of a mean difference over draws and items is made of.

    `by_draw` is the part that the draws estimate, with so many `draw_degrees` of freedom, `by_item`
    the part that is added by what is particular to the items, with `item_degrees`, and `rest` the
    part of `by_draw` that would stay if all draws were alike.
    """

    by_draw: float
    by_item: float
    rest: float
    draw_degrees: float
    item_degrees: float

    @property
    def standard_error(self) -> float:
        """That of the mean; never less than if all draws were alike."""
        return math.sqrt(max(self.by_draw, self.rest) + self.by_item)

    def margin(self, level: float, ratio: Any = 1.0) -> Any:
        """Half the width of the interval that fails to hold the truth with the chance `level`.

        `ratio` is how much of its true value the draws' part is estimated as; it may be an array.
        """
        import numpy as np
        from scipy.special import stdtrit

        of_draws = stdtrit(self.draw_degrees, level / 2) ** 2
        of_items = stdtrit(self.item_degrees, level / 2) ** 2
        both = self.by_draw * ratio * of_draws + self.by_item * of_items
        return np.sqrt(np.maximum(both, (self.rest + self.by_item) * of_items))

    def p_value(self, difference: float) -> float:
        """The level at which the interval around the difference just reaches 0."""
        low, high = math.log(SMALLEST), 0.0
        for _ in range(50):
            middle = (low + high) / 2
            inside = self.margin(math.exp(middle)) >= abs(difference)
            low, high = (middle, high) if inside else (low, middle)
        return math.exp(high)

    def degrees(self) -> float:
        """The degrees of freedom with which Student's t gives the 95% interval of this width."""
        from scipy.special import stdtridf

        return float(stdtridf(1 - LEVEL / 2, self.margin(LEVEL) / self.standard_error))
