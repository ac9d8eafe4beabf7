"""Compares two arms on the items that both were scored on, over one seed or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from amplify.contract.data import Prediction
from amplify.loop.compare.statistics import (
    LEVEL,
    POWER,
    RESAMPLES,
    bootstrap,
    detectable,
    holm,
    mcnemar,
    permutation,
)


@dataclass(frozen=True)
class SeedDifference:
    """One seed's part of a comparison, with its own exact McNemar p-value."""

    seed: int
    items: int
    difference: float
    p_value: float


@dataclass(frozen=True)
class Comparison:
    """A paired comparison of two arms on the items that both were scored on.

    `difference` is accuracy of `arm` minus that of `baseline`; `interval` its 95% bootstrap
    interval (percentile, items resampled with all their seeds), None where all items differ alike,
    so that resampling says nothing. `p_value` is two-sided: exact McNemar, or with several seeds a
    permutation of items (`test`). `fixed` counts the answers that only `arm` got right, `broken`
    those that only `baseline` did. `by_seed` shows the seeds apart; it is empty for one seed.

    Of its family (see `adjust`): `family` is its name, `comparisons` how many it has, `adjusted`
    the p-value after Holm, `detectable` the smallest gain that so many items could have shown with
    power 0.8 (None: none could).
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
    by_seed: tuple[SeedDifference, ...] = ()
    standard_error: float | None = None
    family: str = ""
    comparisons: int = 1
    adjusted: float | None = None
    detectable: float | None = None

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
    ours: Sequence[Prediction],
    theirs: Sequence[Prediction],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Comparison | None:
    """The paired comparison, or None where the two arms share no scored item."""
    return compare_seeds(arm, baseline, {seed: ours}, {seed: theirs}, seed, resamples)


def compare_seeds(
    arm: str,
    baseline: str,
    ours: Mapping[int, Sequence[Prediction]],
    theirs: Mapping[int, Sequence[Prediction]],
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Comparison | None:
    """The paired comparison over the seeds that both have; None where they share no scored item.

    Items are paired within a seed, by id, and resampled with all their seeds together: an item
    that is answered under three seeds is one item, not three. A seed may have its own test items.
    """
    right: dict[str, list[tuple[bool, bool]]] = {}
    seeds = []
    for number in sorted(ours.keys() & theirs.keys()):
        pairs = _pairs(ours[number], theirs[number])
        if pairs:
            fixed, broken = _discordant(list(pairs.values()))
            share = (fixed - broken) / len(pairs)
            seeds.append(SeedDifference(number, len(pairs), share, mcnemar(fixed, broken)))
        for item, pair in pairs.items():
            right.setdefault(item, []).append(pair)
    if not right:
        return None
    answers = [pair for pairs in right.values() for pair in pairs]
    fixed, broken = _discordant(answers)
    sums = [(sum(a for a, _ in pairs), sum(b for _, b in pairs)) for pairs in right.values()]
    resampled = bootstrap(
        [a - b for a, b in sums], [len(pairs) for pairs in right.values()], seed, resamples
    )
    several = len(seeds) > 1
    return Comparison(
        arm,
        baseline,
        len(right),
        (fixed - broken) / len(answers),
        resampled[0] if resampled else None,
        permutation([a for a, _ in sums], [b for _, b in sums], seed, resamples)
        if several
        else mcnemar(fixed, broken),
        fixed,
        broken,
        "permutation of items" if several else "exact McNemar",
        tuple(seeds) if several else (),
        resampled[1] if resampled else None,
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
    """The smallest gain that the comparison could have shown, in a family of so many (`size`).

    Exact for one seed; for several from the standard error over items (Bloom 1995).
    """
    if not comparison.by_seed:
        return detectable(comparison.items, comparison.fixed + comparison.broken, size)
    if not comparison.standard_error:
        return None
    from scipy.special import ndtri

    return float((ndtri(POWER) - ndtri(LEVEL / size / 2)) * comparison.standard_error)


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
