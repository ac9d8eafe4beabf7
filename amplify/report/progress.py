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

from amplify.contract.progress import Advance
from amplify.contract.visible import visible


class _Rate(ProgressColumn):
    """Units a second since the phase began."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="dim")


class Phases:
    """Shows the phases of a run, each as it opens; callable as the loop's `Progress`.

    Phases may nest: a terminal shows one bar below the other.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            _Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
        )
        self.depth = 0

    @contextmanager
    def __call__(self, phase: str, total: int | None) -> Iterator[Advance]:
        name = visible(phase)
        if self.console.is_terminal:
            yield from self._bar(name, total)
        else:
            yield from self._line(name, total)

    def _bar(self, name: str, total: int | None) -> Iterator[Advance]:
        if not self.depth:
            self.bars.start()
        self.depth += 1
        task = self.bars.add_task(name, total=total)

        def advance(count: int = 1) -> None:
            self.bars.advance(task, count)

        try:
            yield advance
        finally:
            self.bars.refresh()
            self.depth -= 1
            if not self.depth:
                self.bars.stop()
                for done in self.bars.task_ids:
                    self.bars.remove_task(done)

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
