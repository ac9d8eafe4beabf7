"""Compares two arms on the items that both were scored on, over one draw or several."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from amplify.loop.answer.coded import coded
from amplify.loop.compare.by_metric import (
    difference,
    linearised,
    paired_bootstrap,
    paired_permutation,
)
from amplify.loop.compare.crossed import Variances, crossed
from amplify.loop.compare.metrics import NAMES, Coded, Metric
from amplify.loop.compare.pairing import ByDraw, Pair, discordant, pairs_by_draw, scored_by_both
from amplify.loop.compare.statistics import (
    LEVEL,
    RESAMPLES,
    bootstrap,
    mcnemar,
)

Level = Literal["prompt", "method"]


@dataclass(frozen=True)
class DrawDifference:
    """One draw's part of a comparison, with the p-value of its prompts alone: of exact McNemar, or
    of a permutation test where the metric is not accuracy."""

    seed: int
    draw: int
    items: int
    difference: float
    p_value: float


@dataclass(frozen=True)
class Comparison:
    """A paired comparison of two arms on the items that both were scored on.

    `difference` is the `metric` of `arm` minus that of `baseline`, `interval` its 95% interval
    (None where nothing can be estimated) and `p_value` the two-sided one of `test`. `fixed` counts
    the answers that only `arm` got right, `broken` those that only `baseline` did.

    `level` says what is compared. "prompt": two prompts, with the demonstrations that they have,
    on new items. "method": two ways of making prompts, on new items and with demonstrations that
    are drawn anew; only where each arm that draws demonstrations has two draws or more.

    With one draw the test is exact McNemar and the interval a bootstrap over items (percentile).
    With several, both are those of `crossed`, draws and items being random; `by_draw` then shows
    the draws apart, `variances` are the components of the difference and `degrees` those of
    freedom. It is so at the level "prompt" too, where the other arm alone has several draws.

    Of a metric that is not accuracy, the test of one draw is a paired permutation test, and what
    `crossed` is given for several are linearised values (see `influences`).

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
    metric: Metric = "accuracy"

    @property
    def unit(self) -> str:
        """What a difference is counted in: hundredths, which are points."""
        return "points" if self.metric == "accuracy" else f"points of {NAMES[self.metric]}"

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
    metric: Metric = "accuracy",
    labels: Sequence[str] = (),
) -> Comparison | None:
    """The paired comparison over the draws that both have; None where they share no scored item.

    Items are paired within a draw, by their id; a seed may have its own test items. `draws_none`
    are the arms that draw no demonstrations, so that a single prompt is all there is of them;
    `seed` is that of the resampling. `metric` is what is compared, over the classes of the task,
    `labels`; where there are none it is accuracy.
    """
    metric = metric if labels else "accuracy"
    cells = scored_by_both(ours, theirs)
    if not cells:
        return None
    fixed, broken = discordant(list(cells.values()))
    draws = pairs_by_draw(cells)
    whole = Comparison(
        arm,
        baseline,
        len({item for _, item in cells}),
        (fixed - broken) / len(cells),
        None,
        1.0,
        fixed,
        broken,
        metric=metric,
    )
    if metric == "accuracy":
        values: Sequence[float] = [a.correct - b.correct for a, b in cells.values()]
        by_draw = [
            DrawDifference(*draw, len(pairs), (gains - losses) / len(pairs), mcnemar(gains, losses))
            for draw, pairs in draws.items()
            for gains, losses in [discordant(pairs)]
        ]
    else:
        codes = {draw: _coded_pair(pairs, labels) for draw, pairs in draws.items()}
        by_draw = [
            DrawDifference(
                *draw,
                len(pair[0].truth),
                difference(*pair, metric),
                paired_permutation(*pair, metric, seed, resamples),
            )
            for draw, pair in codes.items()
        ]
        values = [value for pair in codes.values() for value in linearised(*pair, metric).tolist()]
    if len(draws) == 1:
        resampled = (
            bootstrap(values, seed, resamples)
            if metric == "accuracy"
            else paired_bootstrap(*next(iter(codes.values())), metric, seed, resamples)
        )
        return replace(
            whole,
            difference=by_draw[0].difference,
            interval=resampled[0] if resampled else None,
            standard_error=resampled[1] if resampled else None,
            p_value=by_draw[0].p_value,
            test=whole.test if metric == "accuracy" else "paired permutation",
        )
    result = crossed(
        values,
        [draw for draw, pairs in draws.items() for _ in pairs],
        [a.item for pairs in draws.values() for a, _ in pairs],
        2.0 if metric == "mcc" else 1.0,
    )
    single = [name for name, of_arm in ((arm, ours), (baseline, theirs)) if len(of_arm) == 1]
    return replace(
        whole,
        difference=whole.difference if metric == "accuracy" else result.difference,
        interval=result.interval,
        p_value=result.p_value,
        test="t over draws and items",
        by_draw=tuple(by_draw),
        standard_error=result.standard_error,
        level="method" if set(single) <= {*draws_none} else "prompt",
        degrees=result.degrees,
        variances=result.variances,
    )


def _coded_pair(pairs: Sequence[Pair], labels: Sequence[str]) -> tuple[Coded, Coded]:
    """The answers of the two arms as numbers."""
    return coded([a for a, _ in pairs], labels), coded([b for _, b in pairs], labels)
