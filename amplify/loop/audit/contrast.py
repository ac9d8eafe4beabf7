"""What sets the arms of a run apart, and what they lack of it, in records and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from amplify.contract.grammar import counted

MOST_NAMED = 5
"""The most arms that a sentence lists by name."""


@dataclass(frozen=True)
class MissingRationales:
    """`without` of the `demonstrations` of an arm that explains have no rationale."""

    arm: str
    without: int
    demonstrations: int

    @property
    def whole(self) -> bool:
        """Whether the arm shows no rationale at all."""
        return self.without == self.demonstrations


@dataclass(frozen=True)
class EqualPrompts:
    """On `equal` of `items` test items, an arm's prompts are those of another to the byte."""

    arm: str
    other: str
    equal: int
    items: int

    @property
    def whole(self) -> bool:
        """Whether the two arms are one."""
        return self.equal == self.items


@dataclass(frozen=True)
class Contrast:
    """Which arms of a run lack the rationales, or the prompts of their own, that make them arms.

    `shots` tells of the focus and its baseline how many demonstrations they show, where that
    differs though the plan asks for as many. `one_draw` holds the arms whose draws all show the
    same examples, and how many draws these are: they count as one.
    """

    bare: tuple[MissingRationales, ...] = ()
    same: tuple[EqualPrompts, ...] = ()
    shots: Mapping[str, int] = field(default_factory=dict)
    one_draw: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.bare or self.same or self.shots or self.one_draw)

    def identical(self, arm: str, other: str) -> bool:
        """Whether the two arms ask the very same."""
        return any(same.whole and {same.arm, same.other} == {arm, other} for same in self.same)

    def shows_nothing(self, arm: str) -> bool:
        """Whether the arm explains, and shows no rationale at all."""
        return any(lack.whole and lack.arm == arm for lack in self.bare)


def contrast_words(contrast: Contrast) -> list[str]:
    """What the arms lack, a sentence each."""
    sentences = []
    for bare in contrast.bare:
        where = "any" if bare.whole else str(bare.without)
        sentences.append(
            f"{bare.arm} has no rationale in {where} of its"
            f" {counted(bare.demonstrations, 'demonstration')}"
        )
    together: dict[tuple[str, int, int], list[str]] = {}
    for same in contrast.same:
        together.setdefault((same.arm, same.equal, same.items), []).append(same.other)
    for (arm, equal, of), others in together.items():
        items = "" if equal == of else f" on {equal} of {of} items"
        sentences.append(f"{arm} has the prompts of {_listed(others)}{items}, to the byte")
    if contrast.shots:
        (first_arm, first_count), (second_arm, second_count) = contrast.shots.items()
        sentences.append(
            f"{first_arm} shows {counted(first_count, 'demonstration')} and {second_arm}"
            f" {second_count}: a"
            " difference between the two may come from that alone"
        )
    sentences += [
        f"all {counted(draws, 'draw')} of {arm} show the same demonstrations: they are one draw"
        for arm, draws in contrast.one_draw.items()
    ]
    return sentences


def _listed(arms: Sequence[str]) -> str:
    """The arms, the first of them by name."""
    if len(arms) > MOST_NAMED:
        return f"{', '.join(arms[:MOST_NAMED])} and {len(arms) - MOST_NAMED} others"
    return " and ".join(filter(None, (", ".join(arms[:-1]), arms[-1])))


def sum_contrasts(contrasts: Sequence[Contrast]) -> Contrast:
    """The contrast of the same arms in several draws, or under several seeds.

    A draw in which an arm lacks nothing counts as many demonstrations, or items, as the others.
    """
    bare: dict[str, list[MissingRationales]] = {}
    same: dict[tuple[str, str], list[EqualPrompts]] = {}
    shots: dict[str, int] = {}
    one_draw = [contrast.one_draw for contrast in contrasts]
    for contrast in contrasts:
        for lacking in contrast.bare:
            bare.setdefault(lacking.arm, []).append(lacking)
        for equal in contrast.same:
            same.setdefault((equal.arm, equal.other), []).append(equal)
        shots = shots or dict(contrast.shots)
    seeds = len(contrasts)
    return Contrast(
        tuple(
            MissingRationales(
                arm, sum(b.without for b in some), _over(seeds, [b.demonstrations for b in some])
            )
            for arm, some in bare.items()
        ),
        tuple(
            EqualPrompts(
                arm, other, sum(s.equal for s in some), _over(seeds, [s.items for s in some])
            )
            for (arm, other), some in same.items()
        ),
        shots,
        {
            arm: draws
            for arm, draws in next(iter(one_draw), {}).items()
            if all(arm in of_contrast for of_contrast in one_draw)
        },
    )


def _over(seeds: int, counts: Sequence[int]) -> int:
    return sum(counts) + max(counts) * (seeds - len(counts))
