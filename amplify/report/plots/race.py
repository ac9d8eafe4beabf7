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
    PALE,
    PAPER,
    WIDTH,
    add,
    add_text,
    picture,
    text_of,
)

RACE_FILE = "race.svg"
HEIGHT, TOP, BOTTOM, LEFT, RIGHT = 420, 72, 48, 60, 220
"""The picture's height, and the margins, in pixels."""

STEPS = (1, 2, 5, 10, 20)
"""The distances between ticks, in points."""

MOST_TICKS, LONGEST_NAME, LINE = 6, 28, 16
"""The ticks, the letters of a name that are shown, and the height of a line of text."""

LEGEND = (
    "points behind the leader; a dot is out, and shown to be behind: a bar reaches up to the bound",
    "on all items; a ring is out, and nothing is shown of it",
)


@dataclass(frozen=True)
class Frame:
    """Where the plot's items, along, and points behind the leader, down, are in the picture."""

    items: int
    ticks: Sequence[int]

    def x(self, items: int) -> float:
        return LEFT + items / self.items * (WIDTH - RIGHT - LEFT)

    def y(self, behind: float) -> float:
        """The height of a share behind the leader; what is ahead of it is at the upper edge."""
        part = min(1.0, max(0.0, 100 * behind / self.ticks[-1]))
        return TOP + part * (HEIGHT - BOTTOM - TOP)


def race_svg(race: Mapping[str, Any], title: str) -> str:
    """The plot of a race of one round or more, as the text of an SVG file.

    `race` holds the rounds and the exits as `Race.table` gives them; `title` says what was raced.
    """
    rounds = race["rounds"]
    worst = max(s["behind"] for of_race in rounds for s in of_race["standings"])
    frame = Frame(rounds[-1]["total"], _ticks(100 * worst))
    root = picture(HEIGHT, f"A race of contenders: {title}")
    add_text(root, 16, 24, title, weight="600")
    for row, line in enumerate(LEGEND):
        add_text(root, 16, 42 + LINE * row, line)
    _add_scale(root, frame, [of_race["total"] for of_race in rounds])
    reasons = {of_race["name"]: of_race["reason"] for of_race in race["exits"]}
    for name in reversed([s["name"] for s in rounds[0]["standings"]]):
        _add_contender(root, name, rounds, reasons.get(name, ""), frame)
    _add_names(root, rounds[-1]["standings"], frame)
    return text_of(root)


def _ticks(worst: float) -> list[int]:
    """Ticks from 0 to a round number of points that is not below the `worst`."""
    step = next((step for step in STEPS if worst <= step * (MOST_TICKS - 1)), STEPS[-1])
    return list(range(0, max(step, -int(-worst // step) * step) + 1, step))


def _add_scale(root: Element, frame: Frame, totals: Sequence[int]) -> None:
    right = f"{WIDTH - RIGHT}"
    for tick in frame.ticks:
        y = f"{frame.y(tick / 100):.1f}"
        add(root, "line", x1=f"{LEFT}", x2=right, y1=y, y2=y, stroke=PALE, **{"class": "tick"})
        add_text(root, LEFT - 8, float(y) + 4, f"{tick}", anchor="end")
    after = float("inf")
    for total in reversed(totals):
        x = frame.x(total)
        if after - x >= 36:
            add_text(root, x, HEIGHT - BOTTOM + 20, f"{total}", anchor="middle")
            after = x
    add_text(root, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "items asked", anchor="middle")


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
        "stroke": MARK if stayed else PALE,
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


def _add_names(root: Element, standings: Sequence[Mapping[str, Any]], frame: Frame) -> None:
    """The names of those who were in the last round, the best first, as far as there is room."""
    lowest = -float("inf")
    for standing in standings:
        y = max(frame.y(standing["behind"]) + 4, lowest + LINE)
        if y > HEIGHT - BOTTOM + 4:
            return
        name = visible(standing["name"])
        shown = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
        text = add_text(root, WIDTH - RIGHT + 12, y, shown, weight="400")
        add(text, "title", standing["name"])
        lowest = y
