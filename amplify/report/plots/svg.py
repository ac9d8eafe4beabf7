"""Plots draws as an SVG: a row for each arm, a point for each draw, the mean and its interval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from rich.cells import cell_len

from amplify.contract.guard.visible import visible
from amplify.report.plots.points import (
    ArmPoints,
    Point,
    Scale,
    arm_points,
    common_scale,
    has_draws,
)

FILE = "draws.svg"
WIDTH, ROW, TOP, BOTTOM, RIGHT = 760, 40, 64, 34, 64
"""The picture's width, the height of a row, and the margins, in pixels."""

LETTER, LONGEST_NAME = 7.4, 36
"""The width of a letter, and the letters of an arm's name that are shown."""

RADIUS = 5
OFFSETS = (0.0, -1.8, 1.8, -3.6, 3.6)
"""How many radiuses below its row each next of several points in one place is."""

PAPER, INK, PALE, MARK, BAND = "#ffffff", "#1f2328", "#d8dee4", "#0a66c2", "#b6d7f5"

DARK = """@media (prefers-color-scheme: dark) {
  .paper { fill: #0d1117 }
  text { fill: #e6edf3 }
  .tick { stroke: #30363d }
  .interval { fill: #1d4670 }
  .mean { stroke: #e6edf3 }
  .draw { fill: #6cb6ff; stroke: #0d1117 }
  .best { fill: #0d1117; stroke: #6cb6ff }
}"""
"""The colours in dark mode. Those of light mode are attributes, which every viewer knows."""


def plot_files(record: Mapping[str, Any]) -> dict[str, str]:
    """The text of a run's plot by the name of its file; none where no arm has several draws."""
    arms = arm_points(record["arms"])
    if not has_draws(arms):
        return {}
    model = record["provider"].get("model", "")
    return {FILE: draws_svg(arms, ", ".join(filter(None, (record["task"], model))))}


def draws_svg(arms: Sequence[ArmPoints], title: str) -> str:
    """The plot of the arms, of which there is at least one, as the text of an SVG file.

    `title` says what was measured; it stands above the plot.
    """
    return _text_of(_panel(arms, title))


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
    return _text_of(root)


def _text_of(root: Element) -> str:
    indent(root)
    return tostring(root, encoding="unicode") + "\n"


def _panel(arms: Sequence[ArmPoints], title: str) -> Element:
    """The plot of the arms, of which there is at least one.

    `title` says what was measured; it stands above the plot. A draw that was chosen as the best on
    the pool is a ring.
    """
    left = 24 + LETTER * max(cell_len(_short(arm.name)) for arm in arms)
    scale = common_scale(arms)
    height = TOP + ROW * len(arms) + BOTTOM
    root = Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height}",
        width=str(WIDTH),
        height=str(height),
        role="img",
    )
    _add(root, "title", f"Accuracy of every draw: {title}")
    _add(root, "style", DARK)
    _add(root, "rect", width=str(WIDTH), height=str(height), fill=PAPER, **{"class": "paper"})
    _text(root, 16, 24, title, weight="600")
    _text(root, 16, 44, _legend(arms))
    _add_scale(root, scale, left, height)
    for number, arm in enumerate(arms):
        _add_arm(root, arm, scale, left, TOP + ROW * number + ROW / 2)
    return root


def _legend(arms: Sequence[ArmPoints]) -> str:
    best = any(point.best for arm in arms for point in arm.points)
    ring = ", a ring the draw chosen on the pool" if best else ""
    return f"accuracy: a point each draw{ring}, a line their mean, a band its 95% interval"


def _add_scale(root: Element, scale: Scale, left: float, height: float) -> None:
    for tick in scale.ticks:
        x = f"{_place(tick / 100, scale, left):.1f}"
        bottom = f"{height - BOTTOM}"
        _add(root, "line", x1=x, x2=x, y1=f"{TOP}", y2=bottom, stroke=PALE, **{"class": "tick"})
        _text(root, float(x), height - BOTTOM + 20, f"{tick}%", anchor="middle")


def _add_arm(root: Element, arm: ArmPoints, scale: Scale, left: float, y: float) -> None:
    """The row of an arm, whose middle is at `y`."""
    group = _add(root, "g")
    name = _text(group, 16, y + 5, _short(arm.name))
    _add(name, "title", arm.name)
    if arm.interval is not None:
        low, high = (_place(end, scale, left) for end in arm.interval)
        size = {"width": f"{high - low:.1f}", "height": "16"}
        place = {"x": f"{low:.1f}", "y": f"{y - 8:.1f}", "class": "interval"}
        _add(group, "rect", fill=BAND, **size, **place)
    mean = f"{_place(arm.mean, scale, left):.1f}"
    line = {"y1": f"{y - 14:.1f}", "y2": f"{y + 14:.1f}", "class": "mean", "stroke-width": "2"}
    _add(group, "line", x1=mean, x2=mean, stroke=INK, **line)
    before: Counter[int] = Counter()
    for point in arm.points:
        x = _place(point.accuracy, scale, left)
        spot = round(x / RADIUS)
        _add_point(group, point, x, y + RADIUS * OFFSETS[before[spot] % len(OFFSETS)])
        before[spot] += 1
    _text(group, WIDTH - 12, y + 5, f"{arm.mean:.1%}", anchor="end")


def _add_point(group: Element, point: Point, x: float, y: float) -> None:
    kind, fill, stroke = ("best", PAPER, MARK) if point.best else ("draw", MARK, PAPER)
    place = {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "class": kind}
    circle = _add(group, "circle", r=f"{RADIUS}", fill=fill, stroke=stroke, **place)
    if point.best:
        circle.set("stroke-width", "2.5")
    if point.draw or point.seed:
        draw = f", draw {point.draw}" if point.draw else ""
        _add(circle, "title", f"seed {point.seed}{draw}: {point.accuracy:.1%}")


def _place(accuracy: float, scale: Scale, left: float) -> float:
    return left + scale.share(accuracy) * (WIDTH - RIGHT - left)


def _text(
    parent: Element, x: float, y: float, text: str, anchor: str = "start", weight: str = "400"
) -> Element:
    font = {"font-family": "system-ui, sans-serif", "font-size": "13", "font-weight": weight}
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}
    return _add(parent, "text", text, fill=INK, **font, **place)


def _add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    element = SubElement(parent, tag, attributes)
    if text:
        element.text = text if tag == "style" else visible(text)
    return element


def _short(name: str) -> str:
    """An arm's name as far as the margin has room for it."""
    shown = visible(name)
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 1]}…"
