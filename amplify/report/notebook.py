"""Shows the progress of a run that a program starts, in a notebook or on a terminal."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from amplify.contract.guard.visible import visible
from amplify.contract.progress import Advance, Progress, silent
from amplify.report.console import errors
from amplify.report.progress import Phases, rate
from amplify.report.tune.live import RaceDisplay
from amplify.run.tune.course import Lap

REFRESH = 0.2
"""Seconds between two pictures of a notebook's progress."""


@dataclass(frozen=True)
class ProgressDisplay:
    """What shows the progress of a run, and the rounds of a race."""

    phases: Progress = silent
    watch: Callable[[Lap], None] = lambda lap: None


@contextmanager
def shown_progress(wanted: bool | None) -> Iterator[ProgressDisplay]:
    """What shows progress: `wanted` or not, or None: in a notebook and on a terminal alone."""
    console = errors()
    if wanted is False:
        yield ProgressDisplay()
    elif console.is_jupyter:
        display = NotebookPhases()
        try:
            yield ProgressDisplay(display)
        finally:
            display.close()
    elif wanted or console.is_terminal:
        phases = Phases(console)
        race = RaceDisplay(phases)
        try:
            yield ProgressDisplay(phases, race)
        finally:
            race.close()
    else:
        yield ProgressDisplay()


@dataclass(eq=False)
class _Phase:
    name: str
    total: int | None
    began: float = field(default_factory=time.perf_counter)
    done: int = 0

    def counts(self) -> str:
        """How much is done, and how fast."""
        seconds = time.perf_counter() - self.began
        speed = rate(self.done / seconds) if seconds >= 0.05 else ""
        of_total = f"{self.done:,}" if self.total is None else f"{self.done:,}/{self.total:,}"
        return ", ".join(filter(None, [f"{of_total} in {seconds:.1f} s", speed]))


class NotebookPhases:
    """Shows phases below a notebook's cell, by IPython alone: it is the loop's `Progress`.

    The picture is replaced as the work goes on; what stays is a line with the time of each phase.
    """

    def __init__(self) -> None:
        self._began = self._drawn = time.perf_counter()
        self._open: list[_Phase] = []
        self._ended: list[str] = []
        self._handle: Any = None

    @contextmanager
    def __call__(self, phase: str, total: int | None) -> Iterator[Advance]:
        shown = _Phase(visible(phase), total)
        self._open.append(shown)
        self._draw()

        def advance(count: int = 1) -> None:
            shown.done += count
            if time.perf_counter() - self._drawn >= REFRESH:
                self._draw()

        try:
            yield advance
        finally:
            self._open.remove(shown)
            if not self._open:
                self._ended.append(f"{shown.name}: {shown.counts()}")

    def close(self) -> None:
        """Leave the phases, folded under the time that all of them took."""
        if self._handle is None:
            return
        head = f"{time.perf_counter() - self._began:.1f} s"
        lines = Markup("<br>").join(self._ended)
        folded = Markup("<details><summary>{}</summary>{}</details>").format(head, lines)
        self._show(folded, f"{head}: {'; '.join(self._ended)}")

    def _draw(self) -> None:
        self._drawn = time.perf_counter()
        rows = [
            Markup('<div><progress max="{}" value="{}"></progress> {}: {}</div>').format(
                phase.total or 1, min(phase.done, phase.total or 0), phase.name, phase.counts()
            )
            for phase in self._open
        ]
        text = "; ".join(f"{phase.name}: {phase.counts()}" for phase in self._open)
        self._show(Markup().join(rows), text)

    def _show(self, html: Markup, text: str) -> None:
        data = {"text/html": str(html), "text/plain": text}
        if self._handle is None:
            ipython = importlib.import_module("IPython.display")
            self._handle = ipython.display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)
