"""Reads which demonstrations each draw of a run's arms shows, to tell draws that show the same."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TypeVar

import msgspec

from amplify.loop.compare.compare import Draw
from amplify.loop.prompt.arm import plan_name
from amplify.run.store.read_back import reading, stored_lines

T = TypeVar("T")

MUCH_THE_SAME = 0.75
"""The share of common examples above which two draws are hardly two."""


class PreparedDraw(msgspec.Struct):
    """A draw of an arm in `prepared.json`; `chosen` as in `PreparedArm`."""

    name: str
    draw: int = 0
    chosen: dict[str, list[int]] = {}


class _Example(msgspec.Struct):
    id: str


class _Row(msgspec.Struct):
    """A row of `demonstrations.jsonl`."""

    arm: str
    example: _Example
    draw: int = 0


@dataclass(frozen=True)
class Shown:
    """The examples that a draw shows, by their ids, and for which item it chose which of them."""

    examples: frozenset[str] = frozenset()
    chosen: str = ""

    def overlap(self, other: Shown) -> float:
        """The share of the examples of both that both show; 0 where there are none."""
        every = self.examples | other.examples
        return len(self.examples & other.examples) / len(every) if every else 0.0


def read_shown(
    path: Path, draws: list[PreparedDraw], problem: str, hint: str
) -> dict[tuple[str, int], Shown]:
    """What each of the `draws` shows, by the arm's name in the plan and the number of the draw.

    `path` is the run's `demonstrations.jsonl`; `problem` and `hint` are the words of the error
    where it cannot be read.
    """
    examples: dict[tuple[str, int], set[str]] = {}
    with reading(path, problem, hint):
        for number, line in stored_lines(path):
            with reading(path, problem, hint, number):
                row = msgspec.json.decode(line, type=_Row)
                examples.setdefault((row.arm, row.draw), set()).add(row.example.id)
    return {
        key: Shown(frozenset(examples.get(key, ())), repr(sorted(draw.chosen.items())))
        for draw in draws
        for key in [(plan_name(draw.name, draw.draw), draw.draw)]
    }


def distinct_draws(by_draw: Mapping[Draw, T], shown: Mapping[Draw, Shown]) -> dict[Draw, T]:
    """Of an arm's draws the first of each that show the same examples.

    Where all of them do, the one that remains is draw 0, which stands beside every draw of other
    arms. A draw of which nothing is known (`shown`) is taken for one of its own.
    """
    first: dict[Shown | Draw, Draw] = {}
    for draw in by_draw:
        first.setdefault(shown.get(draw, draw), draw)
    kept = {draw: by_draw[draw] for draw in first.values()}
    if len(kept) == 1 < len(by_draw):
        ((seed, _), value), *_ = kept.items()
        return {(seed, 0): value}
    return kept


def draw_notes(arms: Mapping[str, Sequence[Shown]]) -> list[str]:
    """Which arms show the same, or much the same, examples in several draws.

    `arms` holds what each draw of an arm shows, by the arm's name.
    """
    names_of: dict[str, list[str]] = {}
    for name, draws in arms.items():
        note = _draw_note(draws)
        if note is not None:
            names_of.setdefault(note, []).append(name)
    return [f"{', '.join(names)}: {note}" for note, names in names_of.items()]


def _draw_note(draws: Sequence[Shown]) -> str | None:
    distinct = len(set(draws))
    if distinct < len(draws):
        return (
            f"{len(draws) - distinct} of {len(draws)} draws show the examples of another draw, so"
            f" that {distinct} {'counts' if distinct == 1 else 'count'} ([run] draws has each draw"
            " choose from its own sample of the pool)"
        )
    pairs = list(itertools.combinations(draws, 2))
    common = fmean(first.overlap(second) for first, second in pairs) if pairs else 0.0
    if common <= MUCH_THE_SAME:
        return None
    return (
        f"two draws have {common:.0%} of their examples in common, so that they are hardly new"
        " draws: a larger pool, or [run] draws, makes them differ"
    )
