"""Plots the accuracy of many draws of one method, a row for each task: docs/explanation/draws.svg.

    python benchmarks/draws_plot.py PICTURE.svg "TITLE" "ROW NAME=FILE.npz" ...

A file has an array `random` of draws x items, 1 for a right answer, as for method_level.py; it may
be a run folder too, whose first arm with several draws is plotted.
"""

from __future__ import annotations

import sys
from pathlib import Path

from method_level import matrices

from amplify.report.plots.points import ArmPoints, Point
from amplify.report.plots.svg import draws_svg


def points(name: str, source: Path) -> ArmPoints:
    """The draws of the first method in the file or folder."""
    right = next(right for _, right in matrices([source]) if len(right) > 1)
    accuracies = [float(accuracy) for accuracy in right.mean(1)]
    draws = tuple(Point(accuracy, 0, draw) for draw, accuracy in enumerate(accuracies, 1))
    return ArmPoints(name, draws, float(right.mean()), None)


def main() -> None:
    picture, title, *rows = sys.argv[1:]
    named = [row.partition("=") for row in rows]
    arms = [points(name, Path(source)) for name, _, source in named]
    Path(picture).write_text(draws_svg(arms, title), encoding="utf-8")


if __name__ == "__main__":
    main()
