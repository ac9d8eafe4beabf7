"""Plots a race as an SVG: a line for each contender, round by round, and how it went out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from amplify.contract.guard.visible import visible
from amplify.report.plots.elements import (
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

RACE_FILE = "race.svg"
HEIGHT, NARROW_HEIGHT, BOTTOM = 420, 320, 48
"""The height of a picture down to its scale, in pixels, and that of the scale."""

STEPS = (1, 2, 5, 10, 20)
"""The distances between ticks, in points."""

MOST_TICKS, LONGEST_NAME, LINE = 6, 28, 16
"""The ticks, the letters of a name that are shown, and the height of a line of text."""

GONE = "#9aa4af"
"""The colour of the lines of those who are out: between those of the scale and of the text."""

LEGEND = (
    "points behind the leader; a dot is out, and shown to be behind: a bar reaches up to the bound",
    "on all items; a ring is out, and nothing is shown of it",
)


@dataclass(frozen=True)
class Frame:
    """Where the plot's items, along, and points behind the leader, down, are in the picture.

    `left`, `right`, `top` and `bottom` are the plot's edges, in pixels.
    """

    items: int
    ticks: Sequence[int]
    left: int = 60
    right: int = WIDTH - 220
    top: int = 72
    bottom: int = HEIGHT - BOTTOM

    @classmethod
    def of(cls, race: Mapping[str, Any], *edges: int) -> Frame:
        """The frame of a race whose plot has these edges."""
        rounds = race["rounds"]
        worst = max(s["behind"] for of_race in rounds for s in of_race["standings"])
        return cls(rounds[-1]["total"], _ticks(100 * worst), *edges)

    def x(self, items: int) -> float:
        return self.left + items / self.items * (self.right - self.left)

    def y(self, behind: float) -> float:
        """The height of a share behind the leader; what is ahead of it is at the upper edge."""
        part = min(1.0, max(0.0, 100 * behind / self.ticks[-1]))
        return self.top + part * (self.bottom - self.top)


def race_svg(race: Mapping[str, Any], title: str) -> str:
    """The plot of a race of one round or more, as the text of an SVG file.

    `race` holds the rounds and the exits as `Race.table` gives them; `title` says what was raced.
    """
    frame = Frame.of(race)
    root = picture(HEIGHT, f"A race of contenders: {title}")
    add_text(root, 16, 24, title, weight="600")
    for row, line in enumerate(LEGEND):
        add_text(root, 16, 42 + LINE * row, line)
    _add_race(root, race, frame)
    for place, y in _places(race, frame):
        _add_name(root, frame.right + 12, y, race["rounds"][-1]["standings"][place]["name"])
    return text_of(root)


def narrow_race_svg(race: Mapping[str, Any], title: str) -> str:
    """The same plot for a phone, without title and legend: the lines that end in the last round are
    numbered, and the names stand below."""
    frame = Frame.of(race, 34, NARROW - 30, 12, NARROW_HEIGHT - BOTTOM)
    places = _places(race, frame)
    root = picture(NARROW_HEIGHT + LINE * len(places), f"A race of contenders: {title}", NARROW)
    _add_race(root, race, frame)
    for number, (place, y) in enumerate(places, 1):
        add_text(root, frame.right + 8, y, f"{number}")
        name, below = race["rounds"][-1]["standings"][place]["name"], NARROW_HEIGHT + LINE * number
        add_text(root, frame.left, below - 8, f"{number}")
        _add_name(root, frame.left + 24, below - 8, name)
    return text_of(root)


def _add_race(root: Element, race: Mapping[str, Any], frame: Frame) -> None:
    """The scale, and the lines of all contenders, the leader's on top."""
    rounds = race["rounds"]
    _add_scale(root, frame, [of_race["total"] for of_race in rounds])
    reasons = {of_race["name"]: of_race["reason"] for of_race in race["exits"]}
    for name in reversed([s["name"] for s in rounds[0]["standings"]]):
        _add_contender(root, name, rounds, reasons.get(name, ""), frame)


def _ticks(worst: float) -> list[int]:
    """Ticks from 0 to a round number of points that is not below the `worst`."""
    step = next((step for step in STEPS if worst <= step * (MOST_TICKS - 1)), STEPS[-1])
    return list(range(0, max(step, -int(-worst // step) * step) + 1, step))


def _add_scale(root: Element, frame: Frame, totals: Sequence[int]) -> None:
    left, right = f"{frame.left}", f"{frame.right}"
    for tick in frame.ticks:
        y = f"{frame.y(tick / 100):.1f}"
        add(root, "line", x1=left, x2=right, y1=y, y2=y, stroke=PALE, **{"class": "tick"})
        add_text(root, frame.left - 8, float(y) + 4, f"{tick}", anchor="end")
    after = float("inf")
    for total in reversed(totals):
        x = frame.x(total)
        if after - x >= 36:
            add_text(root, x, frame.bottom + 20, f"{total}", anchor="middle")
            after = x
    middle = (frame.left + frame.right) / 2
    add_text(root, middle, frame.bottom + BOTTOM - 10, "items asked", anchor="middle")


def _add_contender(
    root: Element, name: str, rounds: Sequence[Mapping[str, Any]], reason: str, frame: Frame
) -> None:
    """The line of a contender, and its end; `reason` is why it went out, empty where it did not."""
    points = [
        (frame.x(of_race["total"]), standing)
        for of_race in rounds
        for standing in of_race["standings"]
        if standing["name"] == name
    ]
    stayed = not reason
    group = add(root, "g")
    way = " ".join(f"{x:.1f},{frame.y(standing['behind']):.1f}" for x, standing in points)
    line = {
        "stroke": MARK if stayed else GONE,
        "stroke-width": "2.5" if stayed else "1.5",
        "class": "stayed" if stayed else "out",
    }
    add(group, "polyline", points=way, fill="none", **line)
    x, last = points[-1]
    y, bound = frame.y(last["behind"]), frame.y(last["bound"])
    if reason == "bound":
        end = {"x1": f"{x:.1f}", "x2": f"{x:.1f}", "y1": f"{y:.1f}", "y2": f"{bound:.1f}"}
        add(group, "line", stroke=INK, **end, **{"class": "mean", "stroke-opacity": "0.35"})
    shown = reason != "halved" and reason != "budget"
    kind, fill, stroke = ("draw", MARK, PAPER) if shown else ("best", PAPER, MARK)
    place = {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "class": kind}
    circle = add(group, "circle", r="4", fill=fill, stroke=stroke, **place)
    words = {
        "bound": f"out, behind by {100 * last['bound']:.1f} at least",
        "halved": "out, not in the better half",
        "budget": "out, as the calls were used",
    }.get(reason, "not out")
    figures = f"{last['right']} right, {100 * last['behind']:.1f} points behind"
    add(circle, "title", f"{name}: {figures}, {words}")


def _places(race: Mapping[str, Any], frame: Frame) -> list[tuple[int, float]]:
    """Those who were in the last round, the best first, as far as there is room, by their place in
    it: each with the height of its name."""
    places: list[tuple[int, float]] = []
    lowest = -float("inf")
    for place, standing in enumerate(race["rounds"][-1]["standings"]):
        lowest = max(frame.y(standing["behind"]) + 4, lowest + LINE)
        if lowest > frame.bottom + 4:
            break
        places.append((place, lowest))
    return places


def _add_name(root: Element, x: float, y: float, name: str) -> None:
    """The name of a contender, as far as there is room for it."""
    whole = visible(name)
    shown = whole if len(whole) <= LONGEST_NAME else f"{whole[: LONGEST_NAME - 1]}…"
    add(add_text(root, x, y, shown), "title", name)
