"""Print how well the labels' probabilities fit the answers of each arm that has them."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amplify.contract.guard.visible import visible
from amplify.loop.answer.confidence import Confidence, CoveragePoint
from amplify.loop.answer.score import ArmScore

SHARES = (0.5, 0.8)
"""Of which share of the answers, the surest ones, the accuracy is shown."""

WORDS = (
    "Brier: 0 is best, 2 worst; ECE: the mean distance of confidence from accuracy, in points; then"
    " what is right of the answers, and of the surest ones"
)


def print_confidence(scores: Sequence[ArmScore], console: Console, narrow: bool) -> None:
    """Print a table of the arms that have probabilities, or lines if `narrow`; nothing for none."""
    known = [(score.name, score.confidence) for score in scores if score.confidence is not None]
    if not known:
        return
    if narrow:
        for name, confidence in known:
            values = zip(_heads(), _cells(confidence), strict=True)
            words = ", ".join(f"{head} {value}" for head, value in values)
            console.print(Text(f"probabilities of {visible(name)}: {words}"))
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("probabilities", overflow="fold")
    for head in _heads():
        table.add_column(head, justify="right", no_wrap=True)
    for name, confidence in known:
        table.add_row(Text(visible(name)), *_cells(confidence))
    console.print(table)
    console.print(Text(f" {WORDS}", style="dim"))


def _heads() -> list[str]:
    return ["Brier", "ECE", "right of all", *(f"of the surest {share:.0%}" for share in SHARES)]


def _cells(confidence: Confidence) -> list[str]:
    points = [_point(confidence, share) for share in (1.0, *SHARES)]
    return [
        f"{confidence.brier:.3f}",
        f"{100 * confidence.calibration_error:.1f}",
        *(f"{point.accuracy:.1%}" for point in points),
    ]


def _point(confidence: Confidence, share: float) -> CoveragePoint:
    """The point that takes in at least this share of the answers, the surest ones."""
    return next(
        (point for point in confidence.coverage if point.coverage >= share),
        confidence.coverage[-1],
    )
