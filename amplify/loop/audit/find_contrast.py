"""Find what arms lack that sets them apart: rationales, and prompts unlike those of other arms."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from amplify.contract.calls import Request
from amplify.contract.errors import AmplifyError
from amplify.contract.guard.calling import calling
from amplify.loop.audit.contrast import Contrast, EqualPrompts, MissingRationales, sum_contrasts
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.draws import each_draw
from amplify.loop.prompt.shown import shown_by_draw


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
