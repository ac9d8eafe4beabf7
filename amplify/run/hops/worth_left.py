"""Tells the most calls by which the worth of demonstrations is measured, before it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from amplify.contract.calls import Request
from amplify.contract.data import Example
from amplify.loop.answer.ask_again import most_second_requests
from amplify.loop.answer.calibrate import calibration_requests
from amplify.loop.answer.choose import choice_items
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.repeats import repeat_requests
from amplify.loop.worth.coalitions import Coalition
from amplify.loop.worth.prompt_worth import explaining, showing
from amplify.run.cost.raised_caps import Remaining, largest
from amplify.run.hops.opened import OpenRun
from amplify.run.worth.coalition_values import CoalitionValues

Drawn = tuple[Arm, PreparedArm]
"""A draw of an arm, as built and as prepared."""


def most_of_worth(run: OpenRun, draws: Sequence[Drawn]) -> Remaining:
    """The most that the calls take by which the worth of one of these draws is measured."""
    return largest([_most_of_draw(run, arm, shown) for arm, shown in draws])


def _most_of_draw(run: OpenRun, arm: Arm, shown: PreparedArm) -> Remaining:
    section, whole = run.plan.worth, len(shown.demonstrations)
    by_coalition = values_of(run, arm, items_of_worth(run, (arm, shown), section.items))
    most = by_coalition(partial(showing, shown)).most_left(whole, section.permutations)
    if any(d.rationale for d in shown.demonstrations):
        of_rationales = by_coalition(partial(explaining, shown))
        most = most.plus(of_rationales.most_left(whole, section.permutations))
    if section.prune:
        most = most.plus(run.engine.most_of(most_of_pruned(run, arm, shown)))
    return most


def most_of_pruned(run: OpenRun, arm: Arm, shown: PreparedArm) -> list[Request]:
    """Requests that take as much as those of the pruned arm at most: those of the whole arm."""
    setup, task, plan = replace(run.setup, arms=[arm]), run.task, run.plan
    renamed = replace(shown, name=f"{arm.plan_name}-pruned", draw=0)
    priors = calibration_requests(setup, [renamed], plan.run.calibrate_on)
    by_repeat = repeat_requests(arm, renamed, task, plan.run.seed)
    seconds = [most_second_requests(arm, task.test, of, task) for of in by_repeat]
    of_priors = chain(*(chain(*of_draws.values()) for of_draws in priors.values()))
    return [*of_priors, *chain(*by_repeat), *chain(*seconds)]


def values_of(
    run: OpenRun, arm: Arm, items: Sequence[Example]
) -> Callable[[Callable[[Coalition], PreparedArm]], CoalitionValues]:
    """What makes the values of coalitions whose prompts a function of the coalition gives."""
    parser, room = run.plan.run.parser, run.room
    return partial(CoalitionValues, run.engine, arm, run.task, items, parser, room)


def items_of_worth(run: OpenRun, draw: Drawn, count: int) -> list[Example]:
    """At most `count` pool items that the draw does not show."""
    return choice_items([draw], run.task, run.room, count, run.plan.run.seed)
