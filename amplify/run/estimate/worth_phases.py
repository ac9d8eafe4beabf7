"""Estimates what it takes to measure the worth of demonstrations, and to answer a pruned prompt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from amplify.contract.provider import Provider
from amplify.loop.answer.ask_again import most_second_requests
from amplify.loop.answer.calibrate import calibration_requests, context_requests
from amplify.loop.answer.choose import choice_items
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render
from amplify.loop.prompt.repeats import repeat_requests
from amplify.loop.setup import Setup
from amplify.loop.worth.shapley import most_coalitions
from amplify.run.estimate.phases import Phase, PhaseRequests, phase_of, times
from amplify.run.plan.plan import Plan


def worth_phases(
    plan: Plan,
    draws: Sequence[tuple[Arm, PreparedArm]],
    setup: Setup,
    provider: Provider,
) -> Iterator[Phase]:
    """The phases that the plan's `[worth]` adds, at most; none where it adds none.

    `draws` are those of the arm whose demonstrations are measured; the first one stands for the
    draw that only the run can choose. Smaller coalitions have shorter prompts than are counted.
    """
    section = plan.worth
    if not section.items or not draws:
        return
    arm, shown = draws[0]
    task, room = setup.task, setup.room
    if not shown.demonstrations or shown.chosen:
        return
    items = choice_items([(arm, shown)], task, room, section.items, plan.run.seed)
    requests = render(arm, shown, items, task.labels)
    requests += most_second_requests(arm, items, requests, task)
    if arm.calibrate == "context":
        requests += context_requests(arm, shown, task)
    parts = len(shown.demonstrations)
    prompts = most_coalitions(parts, section.permutations)
    if any(demonstration.rationale for demonstration in shown.demonstrations):
        prompts = 2 * prompts - 1
    title = f"worth of demonstrations ({arm.plan_name}), at most"
    yield times(phase_of(PhaseRequests(title, requests, 1, arm.plan_name), provider), prompts)
    if section.prune:
        of_pruned = replace(setup, arms=[arm])
        priors = calibration_requests(of_pruned, [shown], plan.run.calibrate_on)
        by_repeat = repeat_requests(arm, shown, task, plan.run.seed)
        second = (most_second_requests(arm, task.test, of, task) for of in by_repeat)
        of_priors = chain(*(chain(*of_draws.values()) for of_draws in priors.values()))
        on_test = list(chain(of_priors, *by_repeat, *second))
        title = f"answer ({arm.plan_name}-pruned), at most"
        pruned = PhaseRequests(title, on_test, 1, f"{arm.plan_name}-pruned", of_test=True)
        yield phase_of(pruned, provider)
