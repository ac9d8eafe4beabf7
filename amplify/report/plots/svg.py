"""Plots draws as an SVG: a row for each arm, a point for each draw, the mean and its interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from rich.cells import cell_len

from amplify.contract.guard.visible import visible
from amplify.report.plots.elements import (
    BAND,
    INK,
    MARK,
    NARROW,
    PALE,
    PAPER,
    WIDTH,
    add,
    add_text,
    picture,
    text_of,
)
from amplify.report.plots.points import (
    ArmPoints,
    Point,
    Scale,
    arm_points,
    common_scale,
    has_draws,
)
from amplify.report.plots.race import RACE_FILE, race_svg

FILE = "draws.svg"
ROW, TOP, BOTTOM, RIGHT = 40, 64, 34, 64
"""The height of a row, and the margins, in pixels."""

LETTER, LONGEST_NAME = 7.4, 36
"""The width of a letter, and the letters of an arm's name that are shown."""

RADIUS = 5
OFFSETS = (0.0, -1.5, 1.5, -3.0, 3.0)
"""How many radiuses below its row each next of several points in one place is."""


def plot_files(record: Mapping[str, Any]) -> dict[str, str]:
    """The texts of a run's plots by the names of their files.

    There is one where an arm has several draws, and one of the race where the run is a tune.
    """
    arms = arm_points(record["arms"])
    title = ", ".join(filter(None, (record["task"], record["provider"].get("model", ""))))
    race = record.get("race") or {"rounds": []}
    return {
        **({FILE: draws_svg(arms, title)} if has_draws(arms) else {}),
        **({RACE_FILE: race_svg(race, title)} if race["rounds"] else {}),
    }


def draws_svg(arms: Sequence[ArmPoints], title: str) -> str:
    """The plot of the arms, of which there is at least one, as the text of an SVG file.

    `title` says what was measured; it stands above the plot.
    """
    return text_of(_panel(arms, title))


def narrow_svg(arms: Sequence[ArmPoints], title: str) -> str:
    """The same plot for a phone: each arm's name stands above its row."""
    left, row = 16.0, 56
    scale = common_scale(arms)
    height = 16 + row * len(arms) + BOTTOM
    root = picture(height, f"Accuracy of every draw: {title}", NARROW)
    _add_scale(root, scale, left, height, 16, NARROW)
    for number, arm in enumerate(arms):
        _add_arm(root, arm, scale, left, 16 + row * number + 38, NARROW, above=22)
    return text_of(root)


def panels_svg(panels: Sequence[tuple[str, Sequence[ArmPoints]]]) -> str:
    """Several plots, each with its title, one below the other, as the text of an SVG file."""
    root = Element("svg", xmlns="http://www.w3.org/2000/svg", width=str(WIDTH), role="img")
    height = 0
    for title, arms in panels:
        panel = _panel(arms, title)
        panel.set("y", str(height))
        height += int(panel.get("height", "0"))
        root.append(panel)
    root.set("height", str(height))
    root.set("viewBox", f"0 0 {WIDTH} {height}")
    return text_of(root)


def _panel(arms: Sequence[ArmPoints], title: str) -> Element:
    """The plot of the arms, of which there is at least one.

    `title` says what was measured; it stands above the plot. A draw that was chosen as the best on
    the pool is a ring.
    """
    left = 24 + LETTER * max(cell_len(_short(arm.name)) for arm in arms)
    scale = common_scale(arms)
    height = TOP + ROW * len(arms) + BOTTOM
    root = picture(height, f"Accuracy of every draw: {title}")
    add_text(root, 16, 24, title, weight="600")
    add_text(root, 16, 44, _legend(arms))
    _add_scale(root, scale, left, height)
    for number, arm in enumerate(arms):
        _add_arm(root, arm, scale, left, TOP + ROW * number + ROW / 2)
    return root


def _legend(arms: Sequence[ArmPoints]) -> str:
    best = any(point.best for arm in arms for point in arm.points)
    ring = ", a ring the draw chosen on the pool" if best else ""
    return f"accuracy: a point each draw{ring}, a line their mean, a band its 95% interval"


def _add_scale(
    root: Element,
    scale: Scale,
    left: float,
    height: float,
    top: float = TOP,
    width: int = WIDTH,
) -> None:
    for tick in scale.ticks:
        x = f"{_place(tick / 100, scale, left, width):.1f}"
        bottom = f"{height - BOTTOM}"
        add(root, "line", x1=x, x2=x, y1=f"{top}", y2=bottom, stroke=PALE, **{"class": "tick"})
        add_text(root, float(x), height - BOTTOM + 20, f"{tick}%", anchor="middle")


def _add_arm(
    root: Element,
    arm: ArmPoints,
    scale: Scale,
    left: float,
    y: float,
    width: int = WIDTH,
    above: float = -5,
) -> None:
    """The row of an arm, whose middle is at `y`; its name stands so many pixels `above` that."""
    group = add(root, "g")
    name = add_text(group, 16, y - above, _short(arm.name))
    add(name, "title", arm.name)
    if arm.interval is not None:
        low, high = (_place(end, scale, left, width) for end in arm.interval)
        size = {"width": f"{high - low:.1f}", "height": "16"}
        place = {"x": f"{low:.1f}", "y": f"{y - 8:.1f}", "class": "interval"}
        add(group, "rect", fill=BAND, **size, **place)
    mean = f"{_place(arm.mean, scale, left, width):.1f}"
    line = {"y1": f"{y - 14:.1f}", "y2": f"{y + 14:.1f}", "class": "mean", "stroke-width": "2"}
    add(group, "line", x1=mean, x2=mean, stroke=INK, **line)
    before: Counter[int] = Counter()
    for point in arm.points:
        x = _place(point.accuracy, scale, left, width)
        spot = round(x / RADIUS)
        _add_point(group, point, x, y + RADIUS * OFFSETS[before[spot] % len(OFFSETS)])
        before[spot] += 1
    add_text(group, width - 12, y + 5, f"{arm.mean:.1%}", anchor="end")


def _add_point(group: Element, point: Point, x: float, y: float) -> None:
    kind, fill, stroke = ("best", PAPER, MARK) if point.best else ("draw", MARK, PAPER)
    place = {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "class": kind}
    circle = add(group, "circle", r=f"{RADIUS}", fill=fill, stroke=stroke, **place)
    if point.best:
        circle.set("stroke-width", "2.5")
    if point.draw or point.seed:
        draw = f", draw {point.draw}" if point.draw else ""
        add(circle, "title", f"seed {point.seed}{draw}: {point.accuracy:.1%}")


def _place(accuracy: float, scale: Scale, left: float, width: int) -> float:
    return left + scale.share(accuracy) * (width - RIGHT - left)


def _short(name: str) -> str:
    """An arm's name as far as the margin has room for it."""
    shown = visible(name)
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"
