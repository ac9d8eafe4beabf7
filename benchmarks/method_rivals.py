"""Tests of a difference between two methods: that of AMPLIFY, and its rivals.

Each takes who is right under both methods (arrays of runs x draws x items) and the true difference,
and says for each run whether a gain or a loss is claimed and whether the 95% interval holds the
truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import bdtr, stdtrit

from amplify.loop.compare.crossed import crossed


@dataclass(frozen=True)
class Claims:
    """Runs with a gain claimed, runs with a loss claimed, and runs whose interval holds the truth
    (None where a test has no interval)."""

    gains: Any
    losses: Any
    held: Any | None


Rival = Callable[[Any, Any, float], Claims]


def difference(ours: Any, theirs: Any) -> Any:
    """The cells' differences: -1, 0 or 1."""
    return ours.astype(np.int8) - theirs.astype(np.int8)


def of_margins(means: Any, margins: Any, truth: float) -> Claims:
    """The claims of intervals with these half widths; a width of 0 claims nothing."""
    blind = margins <= 1e-9
    held = (np.abs(means - truth) <= margins + 1e-12) | blind
    return Claims((means > margins) & ~blind, (-means > margins) & ~blind, held)


def amplify(ours: Any, theirs: Any, truth: float) -> Claims:
    """The test in the product."""
    _, draws, items = ours.shape
    draw, item = (codes.ravel().tolist() for codes in np.indices((draws, items)))
    results = [crossed(run.ravel(), draw, item) for run in difference(ours, theirs)]
    shown = np.array([result.p_value < 0.05 for result in results])
    means = np.array([result.difference for result in results])
    held = [
        result.interval is None or result.interval[0] <= truth <= result.interval[1]
        for result in results
    ]
    return Claims(shown & (means > 0), shown & (means < 0), np.array(held))


@dataclass(frozen=True)
class Squares:
    """The two-way analysis of variance of each run: the mean squares, each divided by the cells."""

    mean: Any
    draw: Any
    item: Any
    rest: Any
    cells: Any


def squares(ours: Any, theirs: Any) -> Squares:
    """The mean squares of draws, of items, of the rest, and of all cells around their mean."""
    values = difference(ours, theirs)
    _, draws, items = values.shape
    mean, cells = values.mean((1, 2)), draws * items
    of_draws = items * ((values.mean(2) - mean[:, None]) ** 2).sum(1)
    of_items = draws * ((values.mean(1) - mean[:, None]) ** 2).sum(1)
    total = (values != 0).sum((1, 2)) - cells * mean**2
    rest = np.maximum(total - of_draws - of_items, 0.0) / ((draws - 1) * (items - 1))
    return Squares(
        mean,
        of_draws / (draws - 1) / cells,
        of_items / (items - 1) / cells,
        rest / cells,
        total / (cells - 1) / cells,
    )


def satterthwaite(ours: Any, theirs: Any, truth: float) -> Claims:
    """Components of variance with degrees of freedom after Satterthwaite (Hillis 2007)."""
    _, draws, items = ours.shape
    ms = squares(ours, theirs)
    by_draw, by_item = np.maximum(ms.draw, ms.rest), np.maximum(ms.item - ms.rest, 0.0)
    total = by_draw + by_item
    spread = by_draw**2 / (draws - 1) + by_item**2 / (items - 1)
    degrees = np.where(spread > 0, total**2 / np.where(spread > 0, spread, 1.0), 1.0)
    return of_margins(ms.mean, np.sqrt(total) * stdtrit(degrees, 0.975), truth)


def cluster_robust(ours: Any, theirs: Any, truth: float) -> Claims:
    """Two-way cluster-robust t (Cameron, Gelbach and Miller 2011), with G / (G - 1) and min(G) - 1
    degrees of freedom, the variance never below that of one way of clustering."""
    _, draws, items = ours.shape
    ms = squares(ours, theirs)
    variance = np.maximum(ms.draw + ms.item - ms.cells, np.maximum(ms.draw, ms.item))
    return of_margins(ms.mean, np.sqrt(variance) * stdtrit(min(draws, items) - 1, 0.975), truth)


def mixed_model(ours: Any, theirs: Any, truth: float) -> Claims:
    """The crossed linear mixed model by REML, in closed form for complete cells (a component below
    0 is 0 and its mean square joins the rest), with Wald's z."""
    items = ours.shape[2]
    ms = squares(ours, theirs)
    alike = ms.draw < ms.rest
    rest = np.where(alike, (ms.draw + ms.rest * (items - 1)) / items, ms.rest)
    variance = np.maximum(ms.draw, rest) + np.maximum(ms.item - rest, 0.0)
    return of_margins(ms.mean, np.sqrt(variance) * 1.959964, truth)


def pigeonhole(quantile: bool) -> Rival:
    """The pigeonhole bootstrap (Owen 2007): draws and items drawn anew, each with replacement; its
    percentile interval, or (`quantile` False) its standard error with t of the draws."""

    def rival(ours: Any, theirs: Any, truth: float, resamples: int = 499) -> Claims:
        rng = np.random.default_rng(1)
        values = difference(ours, theirs).astype(np.float32)
        _, draws, items = values.shape
        low, high = [], []
        for run in values:
            of_draws = rng.multinomial(draws, np.full(draws, 1 / draws), resamples)
            of_items = rng.multinomial(items, np.full(items, 1 / items), resamples)
            means = np.sum((of_draws.astype(np.float32) @ run) * of_items, 1) / run.size
            if quantile:
                bounds = np.quantile(means, [0.025, 0.975])
            else:
                margin = stdtrit(draws - 1, 0.975) * means.std(ddof=1)
                bounds = run.mean() + margin * np.array([-1, 1])
            low.append(bounds[0])
            high.append(bounds[1])
        lows, highs = np.array(low), np.array(high)
        return Claims(lows > 0, highs < 0, (lows <= truth) & (truth <= highs))

    return rival


def draws_alone(ours: Any, theirs: Any, truth: float) -> Claims:
    """Student's t over the draws' differences: new draws, the same items."""
    ms = squares(ours, theirs)
    return of_margins(ms.mean, np.sqrt(ms.draw) * stdtrit(ours.shape[1] - 1, 0.975), truth)


def items_alone(ours: Any, theirs: Any, truth: float) -> Claims:
    """Student's t over the items' differences: new items, the same draws."""
    ms = squares(ours, theirs)
    return of_margins(ms.mean, np.sqrt(ms.item) * stdtrit(ours.shape[2] - 1, 0.975), truth)


def mcnemar_first(ours: Any, theirs: Any, truth: float) -> Claims:
    """Exact McNemar of one draw against one draw: what a run with a single seed does."""
    return mcnemar_pooled(ours[:, :1], theirs[:, :1], truth)


def mcnemar_pooled(ours: Any, theirs: Any, truth: float) -> Claims:
    """Exact McNemar over the answers of all draws, as if each were another item."""
    fixed, broken = (ours & ~theirs).sum((1, 2)), (theirs & ~ours).sum((1, 2))
    shown = 2 * bdtr(np.minimum(fixed, broken), np.maximum(fixed + broken, 1), 0.5) < 0.05
    return Claims(shown & (fixed > broken), shown & (broken > fixed), None)


RIVALS: dict[str, Rival] = {
    "AMPLIFY": amplify,
    "Satterthwaite t": satterthwaite,
    "cluster-robust t": cluster_robust,
    "mixed model, z": mixed_model,
    "draws alone": draws_alone,
    "items alone": items_alone,
    "McNemar, one draw": mcnemar_first,
    "McNemar, pooled": mcnemar_pooled,
}

BOOTSTRAPS: dict[str, Rival] = {
    "pigeonhole": pigeonhole(True),
    "pigeonhole, t": pigeonhole(False),
}
