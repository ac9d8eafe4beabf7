"""What is measured of a prompt's demonstrations and rationales, and what is left once pruned."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from amplify.loop.answer.score import ArmScore
from amplify.loop.compare.compare import Comparison
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.worth.worth import Worth


@dataclass(frozen=True)
class PartWorth:
    """What the demonstration at the place `shot`, or its rationale, is worth.

    `left_out` is what the whole prompt loses without it, `shapley` its Shapley value, both in
    accuracy; `log_left_out` and `log_shapley` the same in the log-probability of the true label.
    Each is None where it was not measured, or the LLM tells no probabilities.
    """

    shot: int
    example: str
    left_out: Worth | None = None
    shapley: Worth | None = None
    log_left_out: Worth | None = None
    log_shapley: Worth | None = None

    @property
    def worth(self) -> Worth | None:
        """What counts: the Shapley value, or where there is none what is lost without the part."""
        return self.left_out if self.shapley is None else self.shapley


@dataclass(frozen=True)
class PartsWorth:
    """What all demonstrations, or all rationales, of a prompt are worth.

    `coalitions` counts the different prompts that were asked, `repeated` how often one was needed
    again, which took no call. Shapley values are by so many `permutations`, or `exact`, by all
    coalitions; `precise` says that sampling stopped as more permutations would hardly narrow an
    interval.
    """

    parts: tuple[PartWorth, ...]
    coalitions: int
    repeated: int
    permutations: int = 0
    exact: bool = False
    precise: bool = False

    @property
    def hurting(self) -> list[int]:
        """The places of the demonstrations that are shown to hurt, or whose rationales are."""
        return [part.shot for part in self.parts if part.worth is not None and part.worth.hurts]


@dataclass(frozen=True)
class Pruned:
    """The arm without what is shown to hurt, answered anew on the test items.

    `dropped` are the places of the demonstrations that it lacks, `plain` those of the ones that it
    shows without their rationales. `comparison` is with the arm as it was; None where the two share
    no answered item.
    """

    dropped: tuple[int, ...]
    plain: tuple[int, ...]
    score: ArmScore
    comparison: Comparison | None


@dataclass(frozen=True)
class PromptWorth:
    """What the demonstrations of one `draw` of an `arm` are worth, by so many pool `items`.

    `correct` of these items the whole prompt gets right, `bare` the prompt without demonstrations
    (None: not asked). `rationales` is None where the prompt shows none. `errors` counts calls that
    failed, whose items count as wrong. `whole` says that all was asked that was to be asked.
    `pruned` is None where nothing is to be dropped, or nothing is shown to hurt. `requests` counts
    all that were made, those of the pruned arm included.
    """

    arm: str
    draw: int
    items: int
    correct: int | None
    bare: int | None
    demonstrations: PartsWorth
    rationales: PartsWorth | None
    errors: int = 0
    whole: bool = True
    pruned: Pruned | None = None
    requests: int = 0


def showing(prepared: PreparedArm, places: Collection[int]) -> PreparedArm:
    """The arm with the demonstrations at these places alone, in their order."""
    shown = tuple(d for place, d in enumerate(prepared.demonstrations) if place in places)
    return replace(prepared, demonstrations=shown, requests=())


def explaining(prepared: PreparedArm, places: Collection[int]) -> PreparedArm:
    """The arm with all its demonstrations, those at these places alone with their rationales."""
    shown = tuple(
        d if place in places else replace(d, rationale="", words=())
        for place, d in enumerate(prepared.demonstrations)
    )
    return replace(prepared, demonstrations=shown, requests=())
