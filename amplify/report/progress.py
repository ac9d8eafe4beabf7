"""Progress on stderr: a bar with counts and rates on a terminal, a line a phase elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from amplify.loop.progress import Advance
from amplify.report.text import visible


class _Rate(ProgressColumn):
    """Units a second since the phase began."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="dim")


class Phases:
    """Shows the phases of a run, each as it opens; callable as the loop's `Progress`."""

    def __init__(self, console: Console) -> None:
        self.console = console

    @contextmanager
    def __call__(self, phase: str, total: int | None) -> Iterator[Advance]:
        name = visible(phase)
        if self.console.is_terminal:
            yield from self._bar(name, total)
        else:
            yield from self._line(name, total)

    def _bar(self, name: str, total: int | None) -> Iterator[Advance]:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            _Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self.console, expand=False) as bars:
            task = bars.add_task(name, total=total)

            def advance(count: int = 1) -> None:
                bars.advance(task, count)

            yield advance

    def _line(self, name: str, total: int | None) -> Iterator[Advance]:
        began, done = time.perf_counter(), 0

        def advance(count: int = 1) -> None:
            nonlocal done
            done += count

        yield advance
        seconds = time.perf_counter() - began
        rate = f", {done / seconds:.1f}/s" if seconds and done else ""
        of = f"/{total}" if total is not None else ""
        self.console.print(
            f"{name}: {done}{of} in {seconds:.1f} s{rate}", markup=False, highlight=False
        )
