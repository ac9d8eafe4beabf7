"""Tells which examples a draw shows, so that draws that show the same count once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from amplify.contract.grammar import counted
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.prompt.draws import by_plan_name


@dataclass(frozen=True)
class ShownExamples:
    """The examples that a draw shows, by their ids, and for which item it chose which of them."""

    examples: frozenset[str] = frozenset()
    chosen: str = ""

    @classmethod
    def of(cls, examples: Iterable[str], chosen: Mapping[str, Sequence[int]]) -> ShownExamples:
        """What a draw shows by the ids of its examples; `chosen` as in `PreparedArm`."""
        return cls(frozenset(examples), repr(sorted((i, [*best]) for i, best in chosen.items())))

    def overlap(self, other: ShownExamples) -> float:
        """The share of the examples of both that both show; 0 where there are none."""
        every = self.examples | other.examples
        return len(self.examples & other.examples) / len(every) if every else 0.0


def shown_by_draw(prepared: Sequence[PreparedArm]) -> dict[str, dict[int, ShownExamples]]:
    """What each draw shows, by the arm's name in the plan and the number of the draw."""
    shown = (
        (arm.draw, ShownExamples.of((d.example.id for d in arm.demonstrations), arm.chosen))
        for arm in prepared
    )
    return {name: dict(draws) for name, draws in by_plan_name(prepared, shown).items()}


def repeated_draws(draws: Sequence[ShownExamples]) -> str | None:
    """How many draws show what another one shows; None where none does."""
    distinct = len(set(draws))
    if distinct == len(draws):
        return None
    return (
        f"{len(draws) - distinct} of {counted(len(draws), 'draw')} show the examples of another"
        " draw, so"
        f" that {distinct} {'counts' if distinct == 1 else 'count'}"
    )


def repeated_draw_notes(prepared: Sequence[PreparedArm]) -> list[str]:
    """A note on each arm some of whose draws show what another one shows, but not all of them."""
    return [
        f"{name}: {note}"
        for name, draws in shown_by_draw(prepared).items()
        if len(set(draws.values())) > 1 and (note := repeated_draws([*draws.values()]))
    ]
