"""Plots how an arm's confidence fits its accuracy, and what is right of its surest answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from amplify.contract.grammar import counted
from amplify.report.plots.elements import (
    INK,
    MARK,
    NARROW,
    PALE,
    PAPER,
    add,
    add_text,
    picture,
    text_of,
)

SIZE, LEFT, TOP, PLOT = 290, 44, 16, 224
"""The height of a picture, its left and upper margin, and the side of the square of its plot."""

TICKS = (0, 25, 50, 75, 100)


def reliability_svg(bins: Sequence[Mapping[str, Any]], name: str) -> str:
    """Accuracy against confidence: a point for each bin, as large as its share of the answers.

    `bins` are those of an arm's `confidence` in a record, `name` is the arm's.
    """
    root = _frame(f"Calibration of {name}", "confidence, %")
    ends = {"x1": _x(0), "y1": _y(0), "x2": _x(1), "y2": _y(1)}
    add(root, "line", stroke=INK, **ends, **{"class": "mean", "stroke-dasharray": "4 4"})
    answers = sum(each["answers"] for each in bins) or 1
    for each in bins:
        share = each["answers"] / answers
        place = {"cx": _x(each["confidence"]), "cy": _y(each["accuracy"]), "class": "draw"}
        radius = f"{3 + 9 * share**0.5:.1f}"
        point = add(root, "circle", r=radius, fill=MARK, stroke=PAPER, **place)
        words = f"{counted(each['answers'], 'answer')}: {each['confidence']:.0%} sure"
        add(point, "title", f"{words}, {each['accuracy']:.0%} right")
    return text_of(root)


def coverage_svg(points: Sequence[Mapping[str, Any]], name: str) -> str:
    """Accuracy of the surest answers against their share of all; `points` are a record's."""
    root = _frame(f"Coverage of {name}", "surest answers, % of all")
    places = " ".join(f"{_x(p['coverage'])},{_y(p['accuracy'])}" for p in points)
    line = {"fill": "none", "stroke": MARK, "stroke-width": "2"}
    add(root, "polyline", points=places, **line)
    for each in points:
        place = {"cx": _x(each["coverage"]), "cy": _y(each["accuracy"]), "class": "draw"}
        point = add(root, "circle", r="3.5", fill=MARK, stroke=PAPER, **place)
        words = f"the surest {each['coverage']:.0%}: {each['accuracy']:.0%} right"
        add(point, "title", f"{words}, each at least {each['confidence']:.0%} sure")
    return text_of(root)


def _frame(title: str, along: str) -> Element:
    """A square plot of the right share of answers; `along` names the axis of the other share."""
    root = picture(SIZE, title, NARROW)
    for tick in TICKS:
        x, y = _x(tick / 100), _y(tick / 100)
        for ends in ((x, _y(0), x, _y(1)), (_x(0), y, _x(1), y)):
            line = dict(zip(("x1", "y1", "x2", "y2"), ends, strict=True))
            add(root, "line", stroke=PALE, **line, **{"class": "tick"})
        add_text(root, float(x), TOP + PLOT + 18, f"{tick}", anchor="middle")
        add_text(root, LEFT - 6, float(y) + 4, f"{tick}", anchor="end")
    add_text(root, LEFT + PLOT / 2, SIZE - 10, along, anchor="middle")
    add_text(root, LEFT + PLOT + 8, TOP + 12, "right, %")
    return root


def _x(share: float) -> str:
    return f"{LEFT + share * PLOT:.1f}"


def _y(share: float) -> str:
    return f"{TOP + (1 - share) * PLOT:.1f}"
