"""Counts the calls that a tune makes beside its race and its test, before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from amplify.contract.data import Task
from amplify.contract.provider import Provider
from amplify.loop.answer.calibrate import CONTENT_FREE
from amplify.loop.checked.selector import CheckedSelector
from amplify.loop.worth.shapley import most_coalitions
from amplify.run.engine.context_room import ModelRoom
from amplify.run.engine.request_key import request_key
from amplify.run.estimate.rehearse import Rehearsal
from amplify.run.estimate.stand_ins import stand_in
from amplify.run.plan.plan import Plan
from amplify.run.wiring.choices import RoleComponents, selector_of
from amplify.run.wiring.probabilities import calibration_of
from amplify.run.wiring.set_up import set_up
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import Wiring


def selector_calls(
    wiring: Wiring, task: Task, asking: Mapping[str, RoleComponents], provider: Provider
) -> dict[str, int | None]:
    """The most calls of the selectors of the arms `asking`, by the arm's name, over all draws.

    None where only the tune itself can tell. Selectors that try demonstrations are rehearsed:
    nothing is asked.
    """
    if not asking:
        return {}
    sub_wiring = replace(wiring, choices=tuple(asking.values()))
    with wiring.open_executor() as executor:
        rehearsal, room = Rehearsal(), ModelRoom(provider)
        arms = sub_wiring.build_arms(task, rehearsal, executor)
        setup = set_up(sub_wiring, task, arms, rehearsal, room, executor, Shared())
        tried = stand_in(setup, sub_wiring.choices, rehearsal, ()).tried
    calls: dict[str, int | None] = {
        name: len({request_key(request, {}) for request in requests})
        for name, requests in tried.items()
    }
    for name in asking.keys() - calls.keys():
        most = [
            CheckedSelector.of(arm.selector).most_calls for arm in arms if arm.plan_name == name
        ]
        calls[name] = None if None in most else sum(filter(None, most))
    return calls


def worth_calls(plan: Plan, choices: Iterable[RoleComponents], task: Task, per_item: int) -> int:
    """The most calls by which the worth of demonstrations is measured, whoever wins.

    `choices` are the arms that may be measured, `per_item` is the most calls on an item.
    """
    section = plan.worth
    if not section.items:
        return 0
    most = 0
    for choice in choices:
        arm = choice.plan
        if choice.selector is None or not arm.shots or selector_of(choice.selector).per_item:
            continue
        parts = len(task.pool) if arm.shots == "max" else min(arm.shots, len(task.pool))
        prompts = most_coalitions(parts, section.permutations)
        prompts = 2 * prompts - 1 if arm.explainer is not None else prompts
        pruned = len(task.test) * per_item + prior_calls(plan, choice) if section.prune else 0
        priors = len(CONTENT_FREE) if calibration_of(plan, choice) == "context" else 0
        most = max(most, prompts * (section.items * per_item + priors) + pruned)
    return most


def prior_calls(plan: Plan, choice: RoleComponents) -> int:
    """The most calls for the prior of a draw of an arm that calibrates."""
    counts: dict[str, int] = {"context": len(CONTENT_FREE), "batch": plan.run.calibrate_on}
    return counts.get(calibration_of(plan, choice), 0)
