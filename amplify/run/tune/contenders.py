"""Makes contenders of prepared arms: each draw of an arm is one, and equal ones are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

from amplify.contract.calls import Request
from amplify.contract.data import Example, Task
from amplify.loop.answer.ask_again import most_second_requests
from amplify.loop.answer.calibrate import calibration_requests
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.repeats import ByRepeat, repeat_requests
from amplify.run.engine.engine import Engine
from amplify.run.engine.remote.remote_calls import most_calls
from amplify.run.engine.request_key import request_key
from amplify.run.hops.opened import OpenRun


@dataclass(frozen=True)
class Contender:
    """One way of building the prompt, with one draw of demonstrations.

    `arm` has the draw's name as its own, and no other draws. `prepared` has the requests over the
    test items, `rounds` those over the validation items by repeat, `priors` those by which the arm
    calibrates. `plan_name` and `draw` say which arm of the plan it is, `same` which other
    contenders ask the very same. `calls_each` is the most calls that a request takes. Where unread
    replies are asked again, `second_rounds` and `second_test` have for each request of `rounds` and
    `prepared` the one that may follow.
    """

    arm: Arm
    prepared: PreparedArm
    rounds: ByRepeat
    priors: Sequence[Request]
    plan_name: str
    draw: int
    same: tuple[str, ...] = ()
    calls_each: int = 1
    second_rounds: ByRepeat = ()
    second_test: Sequence[Request] = ()

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

    def most_requests(self, start: int) -> list[Request]:
        """The requests over the validation items from this place on, and those that may follow."""
        return [r for of_repeat in (*self.rounds, *self.second_rounds) for r in of_repeat[start:]]

    @property
    def test_requests(self) -> Sequence[Request]:
        """The requests over the test items, once for each time that they are asked."""
        return self._repeated(self.prepared.requests)

    @property
    def second_test_requests(self) -> Sequence[Request]:
        """The requests that may follow those over the test items, in their order."""
        return self._repeated(self.second_test)

    def _repeated(self, requests: Sequence[Request]) -> Sequence[Request]:
        repeats = range(len(self.rounds))
        return [replace(request, repeat=repeat) for repeat in repeats for request in requests]


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
        tested = shown.requests[size:]
        contenders.append(
            Contender(
                replace(arm, draw=0),
                replace(shown, draw=0, requests=tested, chosen=shown.chosen),
                rounds,
                of_priors.get(arm.plan_name, {}).get(arm.name, []),
                arm.plan_name,
                arm.draw,
                calls_each=most_calls(run.engine.provider, rounds[0][0]),
                second_rounds=tuple(_second(arm, validation, of, run.task) for of in rounds),
                second_test=_second(arm, run.task.test[size:], tested, run.task),
            )
        )
    return contenders


def open_requests(
    engine: Engine, requests: Sequence[Request], seconds: Sequence[Request]
) -> list[Request]:
    """The requests, and of the `seconds` that may follow each those whose request has no reply."""
    if not seconds:
        return list(requests)
    open_places = engine.unanswered(requests)
    return [*requests, *compress(seconds, open_places)]


def _second(
    arm: Arm, items: Sequence[Example], requests: Sequence[Request], task: Task
) -> tuple[Request, ...]:
    """The second calls that the arm makes if no reply about the items can be read."""
    return tuple(most_second_requests(arm, items, requests, task))


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
