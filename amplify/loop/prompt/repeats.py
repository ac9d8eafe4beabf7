"""Writes the requests by which an arm asks its items several times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import factorial

from amplify.contract.calls import Request
from amplify.contract.data import Task
from amplify.kit.seeded_order import seeded_key
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import with_requests

ByRepeat = tuple[tuple[Request, ...], ...]
"""The requests over the test items, once for each time that these are asked."""


def repeat_requests(arm: Arm, prepared: PreparedArm, task: Task, seed: int) -> ByRepeat:
    """The arm's requests over the test items, for each repeat.

    By sampling each repeat is the same prompt, and a call of its own; by order the demonstrations
    stand in another order, by the `seed`. The first repeat is the prompt as it was prepared.
    """
    first = with_requests(arm, prepared, task).requests
    times = times_asked(arm, prepared)
    if arm.repeats_by == "sampling":
        return tuple(
            tuple(replace(request, repeat=repeat) for request in first) for repeat in range(times)
        )
    others = (
        with_requests(arm, reordered(prepared, times, repeat, seed), task).requests
        for repeat in range(1, times)
    )
    return (first, *others)


def times_asked(arm: Arm, prepared: PreparedArm) -> int:
    """How often each item is asked: by order, no more often than the demonstrations have orders."""
    if arm.repeats_by == "sampling":
        return arm.repeats
    return min(arm.repeats, factorial(min(prepared.shots, 20)))


def reordered(prepared: PreparedArm, times: int, repeat: int, seed: int) -> PreparedArm:
    """The prepared arm with its demonstrations in the order of this repeat out of so many
    (`times`), its requests not rendered."""
    if prepared.chosen:
        chosen = {
            item: tuple(best[place] for place in orders(len(best), times, seed)[repeat])
            for item, best in prepared.chosen.items()
        }
        return replace(prepared, chosen=chosen, requests=())
    shown = prepared.demonstrations
    order = orders(len(shown), times, seed)[repeat]
    return replace(prepared, demonstrations=tuple(shown[place] for place in order), requests=())


def orders(size: int, times: int, seed: int) -> list[tuple[int, ...]]:
    """So many different orders (`times`) of the numbers below `size`, the natural one first."""
    natural = tuple(range(size))
    distinct, attempt = {natural: None}, 0
    while len(distinct) < min(times, factorial(min(size, 20))):
        attempt += 1
        keys = {place: seeded_key(seed, f"order {attempt}/{place}") for place in natural}
        distinct.setdefault(tuple(sorted(natural, key=lambda place: keys[place])))
    return list(distinct)


def repeat_notes(arms: Sequence[Arm], requests: Mapping[str, ByRepeat]) -> list[str]:
    """A note on each arm that is asked less often than it says, as it has no more orders."""
    notes = {
        arm.plan_name: f"arm {arm.plan_name}: its demonstrations have no more orders, so that each"
        f" item is asked {len(requests[arm.name])} times in place of {arm.repeats}"
        if len(requests[arm.name]) > 1
        else f"arm {arm.plan_name}: it has no demonstrations that could stand in another order, so"
        " that each item is asked once"
        for arm in arms
        if len(requests[arm.name]) < arm.repeats
    }
    return list(notes.values())
