"""Plots the difference of two arms with its interval, small enough for a cell of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from amplify.report.plots.elements import BAND, INK, MARK, PALE, PAPER, add, picture, text_of

WIDE, HIGH, MARGIN = 170, 24, 6
"""The size of the picture, and what is left free at both ends, in pixels."""


def widest(comparisons: Iterable[Mapping[str, Any]]) -> float:
    """The largest distance from 0 of the differences and the ends of their intervals."""
    return max(
        (abs(v) for c in comparisons for v in (c["difference"], *(c["interval"] or ()))), default=0
    )


def difference_svg(comparison: Mapping[str, Any], end: float) -> str:
    """A difference as a point, its interval as a band, and 0 as a line.

    `comparison` is one of a record; `end` is the difference at either end of the scale.
    """
    root = picture(HIGH, "The difference and its 95% interval", WIDE)

    def place(value: float) -> float:
        share = 0.0 if not end else max(-1.0, min(1.0, value / end))
        return WIDE / 2 + share * (WIDE / 2 - MARGIN)

    if comparison["interval"] is not None:
        low, high = map(place, comparison["interval"])
        size = {"width": f"{max(1.0, high - low):.1f}", "height": "10"}
        add(root, "rect", fill=BAND, x=f"{low:.1f}", y="7", **size, **{"class": "interval"})
    edge = f"{WIDE - MARGIN}"
    add(root, "line", x1=f"{MARGIN}", x2=edge, y1="12", y2="12", stroke=PALE, **{"class": "tick"})
    zero = f"{place(0):.1f}"
    add(root, "line", x1=zero, x2=zero, y1="2", y2="22", stroke=INK, **{"class": "mean"})
    spot = {"cx": f"{place(comparison['difference']):.1f}", "cy": "12", "class": "draw"}
    add(root, "circle", r="4.5", fill=MARK, stroke=PAPER, **spot)
    return text_of(root)
