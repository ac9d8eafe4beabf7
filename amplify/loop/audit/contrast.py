"""Finds what arms lack that sets them apart: rationales, and prompts unlike those of other arms."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from amplify.contract.calls import Request
from amplify.contract.errors import AmplifyError
from amplify.contract.grammar import counted
from amplify.contract.guard.calling import calling
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.draws import each_draw
from amplify.loop.prompt.shown import shown_by_draw

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


def contrast_of_draws(
    arms: Sequence[Arm], prepared: Sequence[PreparedArm], focus: str, baseline: str | None
) -> Contrast:
    """What the arms lack over all draws, by the names that the plan gives them.

    Two arms ask the same only where they do so in each draw of the focus.
    """
    by_draw = [
        find_contrast(of_draw, shown, focus, baseline)
        for of_draw, shown in each_draw(arms, prepared)
        if focus in {arm.name for arm in of_draw}
    ]
    return replace(sum_contrasts(by_draw), one_draw=find_equal_draws(prepared))


def find_equal_draws(prepared: Sequence[PreparedArm]) -> dict[str, int]:
    """The arms that show the same examples in each of several draws, and how many these are."""
    return {
        name: len(draws)
        for name, draws in shown_by_draw(prepared).items()
        if len(draws) > 1 and len(set(draws.values())) == 1
    }


def find_contrast(
    arms: Sequence[Arm], prepared: Sequence[PreparedArm], focus: str, baseline: str | None
) -> Contrast:
    """What the prepared arms, whose requests are over the same items, lack."""
    missing = map(find_missing_rationales, arms, prepared)
    counts = {arm.name: arm.shots for arm in prepared}
    requests = {arm.name: arm.requests for arm in prepared}
    reading = {
        arm.name: (arm.calibrate, arm.abstain, arm.unread, arm.repeats, arm.repeats_by)
        for arm in arms
    }
    return Contrast(
        tuple(lack for lack in missing if lack is not None),
        tuple(find_equal_prompts(requests, focus, reading)),
        unequal_shots(arms, counts, focus, baseline),
    )


def find_missing_rationales(arm: Arm, prepared: PreparedArm) -> MissingRationales | None:
    """How many demonstrations of an arm that explains have no rationale; None where all have one.

    A template that writes its rationales nowhere else than around the examples is taken at the key
    words that it is given.
    """
    shown = prepared.demonstrations
    if arm.explainer is None or not shown:
        return None
    empty = ["" for _ in shown]
    with suppress(AmplifyError), calling(f"the template of arm {arm.name!r}"):
        empty = list(arm.template.rationales([replace(d, words=(), rationale="") for d in shown]))
    lacks = [d.rationale == none for d, none in zip(shown, empty, strict=True)]
    writes = not all(lacks)
    without = sum(lack and (writes or not d.words) for lack, d in zip(lacks, shown, strict=True))
    return MissingRationales(arm.name, without, len(shown)) if without else None


def find_equal_prompts(
    requests: Mapping[str, Sequence[Request]],
    focus: str,
    reading: Mapping[str, Hashable] | None = None,
) -> list[EqualPrompts]:
    """The arms that ask what another arm asks; `requests` holds, by arm, those of the same items.

    An arm that is the same as others is named with the first of them; an arm that shares the
    prompts of some items alone is named where it shares them with the focus. What is ranked is not
    the same as what is written, and arms that do not take the answers from the replies in the same
    way are not the same: `reading` tells, by arm, what that depends on.
    """
    reading = reading or {}
    keys = {
        arm: tuple(hash((_digest(request), reading.get(arm))) for request in of_arm)
        for arm, of_arm in requests.items()
    }
    focused = keys[focus]
    pairs = []
    for arm, of_arm in keys.items():
        equal = sum(a == b for a, b in zip(of_arm, focused, strict=True))
        if arm != focus and equal:
            pairs.append(EqualPrompts(focus, arm, equal, len(of_arm)))
    first = {focused: focus}
    for arm, of_arm in keys.items():
        other = first.setdefault(of_arm, arm)
        if arm != other != focus:
            pairs.append(EqualPrompts(arm, other, len(of_arm), len(of_arm)))
    return pairs


def _digest(request: Request) -> int:
    """Stands for what a request asks: the whole prompts of all arms would fill the memory."""
    return hash((request.prompt.messages, request.labels, request.cue, request.writes_first))


def unequal_shots(
    arms: Sequence[Arm], counts: Mapping[str, int], focus: str, baseline: str | None
) -> dict[str, int]:
    """What the focus and its baseline show, where that differs though as much is asked of both."""
    wanted = {arm.name: arm.shots for arm in arms if arm.selector is not None and arm.shots}
    pair = [name for name in (focus, baseline) if name in wanted]
    if len(pair) < 2 or wanted[pair[0]] != wanted[pair[1]]:
        return {}
    return {} if counts[pair[0]] == counts[pair[1]] else {name: counts[name] for name in pair}


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
