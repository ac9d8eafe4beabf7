"""Show progress on stderr: a bar for each phase on a terminal, a line for each elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
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

from amplify.contract.guard.visible import visible
from amplify.contract.progress import Advance


class _Rate(ProgressColumn):
    """Units a second since the phase began."""

    def render(self, task: Task) -> Text:
        return Text(rate(task.finished_speed or task.speed or 0.0), style="dim")


def rate(speed: float) -> str:
    """Units a second; empty where there are fewer than 0.05."""
    return f"{speed:.1f}/s" if speed >= 0.05 else ""


class _Bars(Progress):
    """The bars of the phases, below what is pinned above them."""

    above: RenderableType | None = None

    def get_renderables(self) -> Iterable[RenderableType]:
        if self.above is not None:
            yield self.above
        yield from super().get_renderables()


class Phases:
    """Shows the phases of a run as they begin; it is the loop's `Progress`.

    Phases may nest: a terminal then shows their bars one below the other; elsewhere the outer
    phase alone has a line.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bars = _Bars(
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

    def begin(self, line: str) -> None:
        """Say on a terminal what begins: what follows may take seconds to load."""
        if self.console.is_terminal:
            self.console.print(Text(visible(line), style="dim"))

    def pin(self, above: RenderableType | None) -> None:
        """Show this above the bars until further notice; None: nothing any more.

        Only a terminal shows it.
        """
        if not self.console.is_terminal:
            return
        before, self.bars.above = self.bars.above, above
        if before is None and above is not None:
            self._begin()
        elif before is not None and above is None:
            self._end()
        self.bars.refresh()

    def _begin(self) -> None:
        if not self.depth:
            self.bars.start()
        self.depth += 1

    def _end(self) -> None:
        self.depth -= 1
        if not self.depth:
            self.bars.stop()

    @contextmanager
    def __call__(self, phase: str, total: int | None) -> Iterator[Advance]:
        name = visible(phase)
        if self.console.is_terminal:
            yield from self._bar(name, total)
        else:
            yield from self._line(name, total)

    def _bar(self, name: str, total: int | None) -> Iterator[Advance]:
        self._begin()
        task = self.bars.add_task(name, total=total)

        def advance(count: int = 1) -> None:
            self.bars.advance(task, count)

        try:
            yield advance
        finally:
            self.bars.refresh()
            self._end()
            self.bars.remove_task(task)

    def _line(self, name: str, total: int | None) -> Iterator[Advance]:
        began, done = time.perf_counter(), 0

        def advance(count: int = 1) -> None:
            nonlocal done
            done += count

        self.depth += 1
        try:
            yield advance
        finally:
            self.depth -= 1
        if self.depth:
            return
        seconds = time.perf_counter() - began
        # A phase that has nothing to do takes no time, and has no rate.
        speed = rate(done / seconds) if seconds >= 0.05 else ""
        count_text = f"{done}/{total}" if total is not None else f"{done}"
        count_text += f" in {seconds:.1f} s" + (f", {speed}" if speed else "")
        self.console.print(f"{name}: {count_text}", markup=False, highlight=False)
