"""Plots draws with characters: a line for each arm, on a common scale of accuracy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from amplify.contract.guard.visible import visible
from amplify.report.plots.points import ArmPoints, Scale, common_scale

FIGURE = 8
"""The columns to the right of a line, for the mean in figures."""


@dataclass(frozen=True)
class Marks:
    """The characters of a plot."""

    point: str
    mean: str
    interval: str


DRAWN = Marks("●", "┃", "─")
ASCII = Marks("o", "|", "-")


def plot_lines(arms: Sequence[ArmPoints], width: int, marks: Marks = DRAWN) -> list[Text]:
    """The plot as lines of at most `width` columns: what it shows, an arm each, and the scale."""
    names = [Text(f" {visible(arm.name)}", no_wrap=True) for arm in arms]
    left = min(max(name.cell_len for name in names), width // 3) + 1
    columns = width - left - FIGURE
    scale = common_scale(arms)
    lines = [
        Text(
            f" accuracy of each draw: {marks.point} a draw (2 to 9: so many),"
            f" {marks.mean} mean, {marks.interval} 95% interval"
        )
    ]
    for name, arm in zip(names, arms, strict=True):
        name.truncate(left - 1, overflow="ellipsis" if marks is DRAWN else "crop", pad=True)
        lines.append(name + f" {_line(arm, scale, columns, marks)} {arm.mean:>6.1%}")
    lines.append(Text(" " * left + _axis(scale, columns), style="dim"))
    return lines


def _line(arm: ArmPoints, scale: Scale, columns: int, marks: Marks) -> str:
    """One arm's line; a point is drawn over the mean, and both over the interval."""
    cells = [" "] * columns
    if arm.interval is not None:
        low, high = (_column(end, scale, columns) for end in arm.interval)
        cells[low : high + 1] = marks.interval * (high + 1 - low)
    cells[_column(arm.mean, scale, columns)] = marks.mean
    counts = Counter(_column(point.accuracy, scale, columns) for point in arm.points)
    for column, count in counts.items():
        cells[column] = marks.point if count == 1 else str(min(count, 9))
    return "".join(cells)


def _axis(scale: Scale, columns: int) -> str:
    """The ticks in figures, each below its place."""
    line = ""
    for tick in scale.ticks:
        figure = f"{tick}%"
        start = max(0, _column(tick / 100, scale, columns) - len(figure) // 2)
        if not line or start > len(line):
            line = line.ljust(start) + figure
    return line


def _column(accuracy: float, scale: Scale, columns: int) -> int:
    return round(scale.share(accuracy) * (columns - 1))
