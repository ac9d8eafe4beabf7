"""The power of the test over draws and items, and what to buy to have more of it.

The test is that of `crossed`. Its power is computed for variance components that are known (as do
Hillis, Obuchowski and Berbaum 2011, Academic Radiology 18, 129-142, for readers and cases); what is
estimated from few draws varies as chi squared does. `comparisons` is the number of comparisons in
the family: the level is 0.05 / `comparisons`, which is what Holm's first step asks.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

from amplify.loop.compare.crossed import Variances
from amplify.loop.compare.margin import VarianceParts
from amplify.loop.compare.statistics import LEVEL, POWER, gain_power

DEFAULT_VARIANCES = Variances(draw=0.0144, item=0.03, rest=0.2556)
"""Where nothing was measured: the accuracies of two draws differ with a standard deviation of 12
points, and two prompts differ on 30% of the items."""

VALUES = 500
"""With how many values an estimated variance is represented."""

MOST = 10_000
"""The largest number of draws or items that is searched."""


def power(gain: float, variances: Variances, draws: int, items: int, comparisons: int = 1) -> float:
    """The chance that a true gain (a share: 0.1 is 10 points) is shown as a gain."""
    import numpy as np
    from scipy.special import ndtr

    if draws < 2 or items < 2:
        return 0.0
    rest = variances.rest / (draws * items)
    by_draw = variances.draw / draws + rest
    parts = VarianceParts(by_draw, variances.item / items, rest, draws - 1, items - 1)
    error = parts.standard_error
    if not error:
        return 1.0
    margins = parts.margin(LEVEL / comparisons, _estimates(draws))
    return float(np.mean(ndtr((gain - margins) / error)))


@lru_cache(maxsize=64)
def _estimates(draws: int) -> Any:
    """Equally likely values of a variance that so many draws estimate, where the true one is 1."""
    import numpy as np
    from scipy.special import chdtri

    return chdtri(draws - 1, (np.arange(VALUES) + 0.5) / VALUES) / (draws - 1)


def needed_draws(gain: float, variances: Variances, items: int, comparisons: int = 1) -> int | None:
    """The fewest draws with which a true gain is shown with power 0.8; None: no number could."""
    return _fewest(lambda draws: power(gain, variances, draws, items, comparisons))


def needed_items(gain: float, variances: Variances, draws: int, comparisons: int = 1) -> int | None:
    """The fewest items with which a true gain is shown with power 0.8; None: no number could."""
    return _fewest(lambda items: power(gain, variances, draws, items, comparisons))


def smallest_gain(
    variances: Variances, draws: int, items: int, comparisons: int = 1
) -> float | None:
    """The smallest true gain that is shown with power 0.8; None where not even 100 points are."""
    if power(1.0, variances, draws, items, comparisons) < POWER:
        return None
    low, high = 0.0, 1.0
    while high - low > 1e-5:
        middle = (low + high) / 2
        enough = power(middle, variances, draws, items, comparisons) >= POWER
        low, high = (low, middle) if enough else (middle, high)
    return high


def prompts_power(gain: float, share: float, items: int, comparisons: int = 1) -> float:
    """The chance that exact McNemar shows a true gain of one prompt over another.

    The two prompts differ on a `share` of the items, which is never less than the gain itself.
    """
    return gain_power(items, max(share, gain), LEVEL / comparisons)(gain) if items else 0.0


def needed_prompt_items(gain: float, share: float, comparisons: int = 1) -> int | None:
    """The fewest items with which a true gain of one prompt over another is shown with power 0.8.

    The prompts differ on a `share` of the items. None: more than `MOST` items would be needed.
    """
    return _fewest(lambda items: prompts_power(gain, share, items, comparisons))


def variances_at(share: float) -> Variances:
    """The variance components of two methods whose prompts differ on a `share` of the items.

    The draws vary as by default; item and rest divide what is left of the variance of a cell, which
    is about the share, as they do by default.
    """
    default = DEFAULT_VARIANCES
    within = max(share - default.draw, 0.0) / (default.item + default.rest)
    return Variances(default.draw, default.item * within, default.rest * within)


def worth_buying(
    gain: float, variances: Variances, draws: int, items: int, comparisons: int = 1
) -> Literal["draws", "items", "neither"]:
    """Which of twice the draws or twice the items, for as many calls, shows a gain more often.

    "neither" where the gain is shown with power 0.8 as it is.
    """
    if power(gain, variances, draws, items, comparisons) >= POWER:
        return "neither"
    more_draws = power(gain, variances, 2 * draws, items, comparisons)
    more_items = power(gain, variances, draws, 2 * items, comparisons)
    return "draws" if more_draws >= more_items else "items"


def _fewest(reached: Callable[[int], float]) -> int | None:
    """The smallest count from 2 up whose power is 0.8; power rises with the count."""
    if reached(MOST) < POWER:
        return None
    low, high = 1, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) >= POWER else (middle, high)
    return high
