"""Adjust the comparisons of a family for their number, and tell what each could have shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.power import smallest_gain
from amplify.loop.compare.statistics import detectable, holm, normal_detectable


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
    if comparison.variances is None and comparison.metric == "accuracy":
        return detectable(comparison.items, comparison.fixed + comparison.broken, size)
    if comparison.standard_error is None:
        return None
    if comparison.variances is None:
        return normal_detectable(comparison.standard_error, size)
    return smallest_gain(comparison.variances, len(comparison.by_draw), comparison.items, size)
