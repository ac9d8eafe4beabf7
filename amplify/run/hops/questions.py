"""Gathers all that an open run is going to ask of its prepared arms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from amplify.contract.calls import Request
from amplify.loop.answer.calibrate import calibration_requests
from amplify.loop.answer.choose import DrawChoice, choice_requests
from amplify.loop.audit.contrast import Contrast, contrast_words
from amplify.loop.audit.find_contrast import contrast_of_draws
from amplify.loop.audit.require_contrast import Focus, require_contrast
from amplify.loop.prompt.arm import PreparedArm
from amplify.loop.prompt.repeats import ByRepeat, repeat_notes, repeat_requests
from amplify.run.hops.opened import OpenRun


@dataclass(frozen=True)
class Questions:
    """What a run asks the LLM of its arms.

    `items` holds the requests over the test items by the arm's name, for each repeat; `priors`
    those by which arms calibrate, by the plan's name and the draw's; `choice` those that choose the
    best draws. `contrast` says which arms ask the very same; `few_orders` are notes on arms that
    are asked less often than they say.
    """

    focus: Focus
    contrast: Contrast
    choice: DrawChoice
    priors: Mapping[str, Mapping[str, Sequence[Request]]]
    items: Mapping[str, ByRepeat]
    few_orders: Sequence[str]

    @property
    def of_arms(self) -> dict[str, list[Request]]:
        """The requests over the test items by the arm's name, one repeat after the other."""
        return {name: list(chain(*by_repeat)) for name, by_repeat in self.items.items()}

    @property
    def of_priors(self) -> dict[str, list[Request]]:
        """The requests for priors by the plan's name of the arm, one draw after the other."""
        return {name: list(chain(*by_draw.values())) for name, by_draw in self.priors.items()}

    @property
    def every(self) -> list[Request]:
        """All requests, in the order in which they are asked."""
        return list(
            chain(*self.of_priors.values(), *self.of_arms.values(), *self.choice.requests.values())
        )


def questions(
    run: OpenRun,
    prepared: Sequence[PreparedArm],
    focus: Focus,
    priors: Mapping[str, Mapping[str, Sequence[Request]]] | None = None,
) -> Questions:
    """What the run asks; `prepared` are its arms, in the same order.

    `priors` are the requests by which arms calibrate, where these are known.

    Raises PlanError where the model has no room for a prompt, or where the arms cannot show what
    the `focus` is to be tested for.
    """
    plan, task, arms = run.plan, run.task, run.arms
    contrast = contrast_of_draws(arms, prepared, focus.arm, focus.baseline)
    require_contrast(contrast, focus, plan.guards.alike)
    for sentence in contrast_words(contrast):
        run.warn(sentence)
    for arm in prepared:
        run.room.require(arm.name, arm.requests)
    choice = choice_requests(
        {focus.arm, focus.baseline} - contrast.one_draw.keys(),
        arms,
        prepared,
        task,
        run.room,
        plan.run.choose_on,
        plan.run.seed,
    )
    if priors is None:
        priors = calibration_requests(run.setup, prepared, plan.run.calibrate_on, choice.items)
    for note in choice.notes:
        run.warn(note)
    run.emit("prepared", arms=[arm.name for arm in arms])
    items = {
        arm.name: repeat_requests(arm, shown, task, plan.run.seed)
        for arm, shown in zip(arms, prepared, strict=True)
    }
    for name, by_repeat in items.items():
        for of_repeat in by_repeat[1:]:
            run.room.require(name, of_repeat)
    few_orders = repeat_notes(arms, items)
    for note in few_orders:
        run.warn(note)
    return Questions(focus, contrast, choice, priors, items, few_orders)
