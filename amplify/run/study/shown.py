"""Reads which demonstrations each draw of a run's arms shows, to tell draws that show the same."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

import msgspec

from amplify.loop.prompt.arm import plan_name
from amplify.loop.prompt.shown import ShownExamples, repeated_draws
from amplify.run.store.read_back import reading, stored_lines

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


def read_shown(
    path: Path, draws: list[PreparedDraw], problem: str, hint: str
) -> dict[tuple[str, int], ShownExamples]:
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
        key: ShownExamples.of(examples.get(key, ()), draw.chosen)
        for draw in draws
        for key in [(plan_name(draw.name, draw.draw), draw.draw)]
    }


def draw_notes(arms: Mapping[str, Sequence[ShownExamples]]) -> list[str]:
    """Which arms show the same, or much the same, examples in several draws.

    `arms` holds what each draw of an arm shows, by the arm's name.
    """
    names_of: dict[str, list[str]] = {}
    for name, draws in arms.items():
        note = _draw_note(draws)
        if note is not None:
            names_of.setdefault(note, []).append(name)
    return [f"{', '.join(names)}: {note}" for note, names in names_of.items()]


def _draw_note(draws: Sequence[ShownExamples]) -> str | None:
    repeated = repeated_draws(draws)
    if repeated:
        return f"{repeated} ([run] draws has each draw choose from its own sample of the pool)"
    pairs = list(itertools.combinations(draws, 2))
    common = fmean(first.overlap(second) for first, second in pairs) if pairs else 0.0
    if common <= MUCH_THE_SAME:
        return None
    return (
        f"two draws have {common:.0%} of their examples in common, so that they are hardly new"
        " draws: a larger pool, or [run] draws, makes them differ"
    )
