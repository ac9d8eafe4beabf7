"""Makes contenders of prepared arms: each draw of an arm is one, and equal ones are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from amplify.contract.calls import Request
from amplify.contract.data import Example
from amplify.loop.answer.calibrate import calibration_requests
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.repeats import ByRepeat, repeat_requests
from amplify.run.engine.remote.remote_calls import most_calls
from amplify.run.engine.request_key import request_key
from amplify.run.hops.opened import OpenRun


@dataclass(frozen=True)
class Contender:
    """One way of building the prompt, with one draw of demonstrations.

    `arm` has the draw's name as its own, and no other draws. `prepared` has the requests over the
    test items, `rounds` those over the validation items by repeat, `priors` those by which the arm
    calibrates. `plan_name` and `draw` say which arm of the plan it is, `same` which other
    contenders ask the very same. `calls_each` is the most calls that a request takes.
    """

    arm: Arm
    prepared: PreparedArm
    rounds: ByRepeat
    priors: Sequence[Request]
    plan_name: str
    draw: int
    same: tuple[str, ...] = ()
    calls_each: int = 1

    @property
    def name(self) -> str:
        """What it is called: the arm of the plan, and the draw where there are several."""
        return self.arm.name

    @property
    def calls_per_item(self) -> int:
        """The most calls that an item takes."""
        return len(self.rounds) * (2 if self.arm.unread == "ask" else 1) * self.calls_each

    def round_requests(self, start: int, stop: int) -> ByRepeat:
        """The requests over these validation items, by repeat."""
        return tuple(of_repeat[start:stop] for of_repeat in self.rounds)

    @property
    def test_requests(self) -> Sequence[Request]:
        """The requests over the test items, once for each time that they are asked."""
        return [
            replace(request, repeat=repeat)
            for repeat in range(len(self.rounds))
            for request in self.prepared.requests
        ]


def make_contenders(
    run: OpenRun, prepared: Sequence[PreparedArm], validation: Sequence[Example]
) -> list[Contender]:
    """A contender for each arm of the run, in their order.

    `prepared` are the arms, whose first requests are over the `validation` items, and whose others
    are over the test items. Raises PlanError where the model has no room for a prompt.
    """
    size, plan = len(validation), run.plan
    of_priors = calibration_requests(run.setup, prepared, plan.run.calibrate_on)
    raced = replace(run.task, test=tuple(validation))
    contenders = []
    for arm, shown in zip(run.arms, prepared, strict=True):
        run.room.require(arm.name, shown.requests)
        on_validation = replace(shown, requests=shown.requests[:size])
        rounds = repeat_requests(arm, on_validation, raced, plan.run.seed)
        for of_repeat in rounds[1:]:
            run.room.require(arm.name, of_repeat)
        contenders.append(
            Contender(
                replace(arm, draw=0),
                replace(shown, draw=0, requests=shown.requests[size:], chosen=shown.chosen),
                rounds,
                of_priors.get(arm.plan_name, {}).get(arm.name, []),
                arm.plan_name,
                arm.draw,
                calls_each=most_calls(run.engine.provider, rounds[0][0]),
            )
        )
    return contenders


def distinct(contenders: Sequence[Contender], identity: Mapping[str, Any]) -> list[Contender]:
    """The contenders that ask what none before them asks; each names those that ask the same.

    `identity` is that of the provider.
    """
    groups: dict[object, list[Contender]] = {}
    for contender in contenders:
        groups.setdefault(_questions_of(contender, dict(identity)), []).append(contender)
    return [
        replace(first, same=tuple(other.name for other in others))
        for first, *others in groups.values()
    ]


def _questions_of(contender: Contender, identity: dict[str, Any]) -> object:
    """What a contender asks, and how its replies are read."""
    arm = contender.arm
    keys = [
        request_key(request, identity)
        for request in (*contender.priors, *contender.prepared.requests, *sum(contender.rounds, ()))
    ]
    read = (arm.answer, arm.calibrate, arm.abstain, arm.unread, arm.prefix, arm.answer_first)
    return (tuple(keys), arm.reasoned, len(contender.rounds), *read)
