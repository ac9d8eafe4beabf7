"""Keeps the steps of a race in the run folder, so that a race that is resumed takes the same."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import msgspec

from amplify.contract.guard.brief import brief
from amplify.loop.race.schedule import Step
from amplify.run.store.read_back import reading, stored_lines
from amplify.run.store.rows import write_rows

NAME = "rounds.jsonl"


class Steps:
    """The steps of a race, `rounds.jsonl`: each is on disk before its items are asked.

    How long a round is may depend on what is spent, and on time. What was decided before is taken
    as it is, whatever the caps are now; only later steps are decided anew.
    """

    def __init__(self, folder: Path, resume: bool, names: Collection[str]) -> None:
        """`resume` takes the steps that the folder has; `names` are those of the contenders."""
        self.path = folder / NAME
        self.names = names
        self.taken: list[Step] = []
        self.starters: list[str] = []
        self._stored = self._read() if resume and self.path.exists() else []

    def start(self, choose: Callable[[], list[str]]) -> list[str]:
        """The names of the contenders that start, by `choose` where that is not known yet."""
        self.starters = (self._stored[0].starters if self._stored else []) or choose()
        self._write()
        return self.starters

    def next(self, decide: Callable[[], Step]) -> Step:
        """The next step, by `decide` where it was not taken before.

        An end ahead of the first round is not kept: with other caps the race can begin.
        """
        place = len(self.taken) + 1
        known = self._stored[place] if place < len(self._stored) else None
        step = decide() if known is None else Step(known.items, known.keep)
        if not step.items and not self.taken:
            return step
        self.taken.append(step)
        self._write()
        return step

    def _write(self) -> None:
        if len(self.taken) + 1 >= len(self._stored):
            rows = [{"starters": self.starters}, *(asdict(step) for step in self.taken)]
            write_rows(self.path, rows)

    def _read(self) -> list[_Line]:
        what, hint = "the rounds of the race cannot be read", "delete it to race again"
        lines = []
        with reading(self.path, what, hint):
            for number, line in stored_lines(self.path):
                with reading(self.path, what, hint, number):
                    lines.append(msgspec.json.decode(line, type=_Line))
                    self._check(lines)
        return lines

    def _check(self, lines: list[_Line]) -> None:
        """ValueError where the last line cannot be one of this race."""
        unknown = [name for name in lines[-1].starters if name not in self.names]
        if unknown:
            raise ValueError(f"field 'starters' has {brief(unknown[0])}, no contender")
        if len(lines) == 2 and not lines[-1].items:
            raise ValueError("the first round has no items")


class _Line(msgspec.Struct):
    """A line of the file: the first has the starters, each other one a step."""

    starters: list[str] = []
    items: Annotated[int, msgspec.Meta(ge=0)] = 0
    keep: Annotated[int, msgspec.Meta(ge=1)] | None = None
