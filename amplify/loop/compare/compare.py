"""Compares two arms on the items that both were scored on, over one draw or several."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from amplify.contract.data import Prediction
from amplify.loop.compare.crossed import Variances, crossed
from amplify.loop.compare.power import smallest_gain
from amplify.loop.compare.statistics import (
    LEVEL,
    RESAMPLES,
    bootstrap,
    detectable,
    holm,
    mcnemar,
)

Draw = tuple[int, int]
"""A draw of demonstrations: the seed of its run, and its number in that run."""

ByDraw = Mapping[Draw, Sequence[Prediction]]
"""An arm's predictions by draw. Draw 0 stands beside every draw of other arms: beside those of its
seed, and of all seeds where it is the only draw of its arm."""

Level = Literal["prompt", "method"]


@dataclass(frozen=True)
class DrawDifference:
    """One draw's part of a comparison, with the exact McNemar p-value of its prompts alone."""

    seed: int
    draw: int
    items: int
    difference: float
    p_value: float


@dataclass(frozen=True)
class Comparison:
    """A paired comparison of two arms on the items that both were scored on.

    `difference` is accuracy of `arm` minus that of `baseline`, `interval` its 95% interval (None
    where nothing can be estimated) and `p_value` the two-sided one of `test`. `fixed` counts the
    answers that only `arm` got right, `broken` those that only `baseline` did.

    `level` says what is compared. "prompt": two prompts, with the demonstrations that they have,
    on new items. "method": two ways of making prompts, on new items and with demonstrations that
    are drawn anew; only where each arm that draws demonstrations has two draws or more.

    With one draw the test is exact McNemar and the interval a bootstrap over items (percentile).
    With several, both are those of `crossed`, draws and items being random; `by_draw` then shows
    the draws apart, `variances` are the components of the difference and `degrees` those of
    freedom. It is so at the level "prompt" too, where the other arm alone has several draws.

    `arm_draw` and `baseline_draw` number the draw that stands for its arm, where it was chosen on
    the pool as the best of several; 0: all draws of the arm.

    Of its family (see `adjust`): `family` is its name, `comparisons` how many it has, `adjusted`
    the p-value after Holm, `detectable` the smallest gain that could have been shown with power 0.8
    on so many items and draws (None: none could).
    """

    arm: str
    baseline: str
    items: int
    difference: float
    interval: tuple[float, float] | None
    p_value: float
    fixed: int
    broken: int
    test: str = "exact McNemar"
    by_draw: tuple[DrawDifference, ...] = ()
    standard_error: float | None = None
    family: str = ""
    comparisons: int = 1
    adjusted: float | None = None
    detectable: float | None = None
    level: Level = "prompt"
    degrees: float | None = None
    variances: Variances | None = None
    arm_draw: int = 0
    baseline_draw: int = 0

    @property
    def p(self) -> float:
        """The p-value that a verdict goes by: the adjusted one where there is one."""
        return self.p_value if self.adjusted is None else self.adjusted

    @property
    def shown(self) -> int:
        """1 where `arm` is shown to be better, -1 where it is shown to be worse, else 0."""
        if self.p >= LEVEL or not self.difference:
            return 0
        return 1 if self.difference > 0 else -1


def compare(
    arm: str,
    baseline: str,
    ours: ByDraw,
    theirs: ByDraw,
    seed: int = 0,
    draws_none: Collection[str] = (),
    resamples: int = RESAMPLES,
) -> Comparison | None:
    """The paired comparison over the draws that both have; None where they share no scored item.

    Items are paired within a draw, by their id; a seed may have its own test items. `draws_none`
    are the arms that draw no demonstrations, so that a single prompt is all there is of them;
    `seed` is that of the resampling.
    """
    cells = _cells(ours, theirs)
    if not cells:
        return None
    fixed, broken = _discordant(list(cells.values()))
    draws = {draw for draw, _ in cells}
    whole = Comparison(
        arm,
        baseline,
        len({item for _, item in cells}),
        (fixed - broken) / len(cells),
        None,
        1.0,
        fixed,
        broken,
    )
    if len(draws) == 1:
        resampled = bootstrap([a - b for a, b in cells.values()], seed, resamples)
        return replace(
            whole,
            interval=resampled[0] if resampled else None,
            standard_error=resampled[1] if resampled else None,
            p_value=mcnemar(fixed, broken),
        )
    result = crossed(
        [a - b for a, b in cells.values()],
        [draw for draw, _ in cells],
        [item for _, item in cells],
    )
    single = [name for name, of_arm in ((arm, ours), (baseline, theirs)) if len(of_arm) == 1]
    return replace(
        whole,
        interval=result.interval,
        p_value=result.p_value,
        test="t over draws and items",
        by_draw=tuple(_by_draw(cells)),
        standard_error=result.standard_error,
        level="method" if set(single) <= {*draws_none} else "prompt",
        degrees=result.degrees,
        variances=result.variances,
    )


def adjust(family: str, comparisons: Sequence[Comparison]) -> list[Comparison]:
    """The comparisons as one family of this name: with p-values after Holm, and the gain that each
    could have shown."""
    adjusted = holm([comparison.p_value for comparison in comparisons])
    size = len(comparisons)
    return [
        replace(
            comparison,
            family=family,
            comparisons=size,
            adjusted=p_value,
            detectable=_detectable(comparison, size),
        )
        for comparison, p_value in zip(comparisons, adjusted, strict=True)
    ]


def _detectable(comparison: Comparison, size: int) -> float | None:
    """The smallest gain that the comparison could have shown, in a family of so many (`size`)."""
    if comparison.variances is None:
        return detectable(comparison.items, comparison.fixed + comparison.broken, size)
    if comparison.standard_error is None:
        return None
    return smallest_gain(comparison.variances, len(comparison.by_draw), comparison.items, size)


def _cells(ours: ByDraw, theirs: ByDraw) -> dict[tuple[Draw, str], tuple[bool, bool]]:
    """Whether each of the two is right, by draw and item, of those that both were scored on."""
    cells: dict[tuple[Draw, str], tuple[bool, bool]] = {}
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


def _by_draw(cells: Mapping[tuple[Draw, str], tuple[bool, bool]]) -> list[DrawDifference]:
    pairs_of: dict[Draw, list[tuple[bool, bool]]] = {}
    for (draw, _), pair in cells.items():
        pairs_of.setdefault(draw, []).append(pair)
    return [
        DrawDifference(
            seed, draw, len(pairs), (fixed - broken) / len(pairs), mcnemar(fixed, broken)
        )
        for (seed, draw), pairs in pairs_of.items()
        for fixed, broken in [_discordant(pairs)]
    ]


def _pairs(
    ours: Sequence[Prediction], theirs: Sequence[Prediction]
) -> dict[str, tuple[bool, bool]]:
    other = {p.item: p.correct for p in theirs if p.status != "prepared"}
    return {
        p.item: (p.correct, other[p.item])
        for p in ours
        if p.status != "prepared" and p.item in other
    }


def _discordant(pairs: Sequence[tuple[bool, bool]]) -> tuple[int, int]:
    return sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)
