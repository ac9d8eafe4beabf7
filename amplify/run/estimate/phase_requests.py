"""Tell what each phase of a run asks the LLM, each request once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from amplify.contract.calls import Request
from amplify.loop.answer.ask_again import most_second_requests
from amplify.loop.answer.calibrate import context_requests
from amplify.loop.answer.choose import DrawChoice
from amplify.loop.checked.selector import CheckedSelector
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render
from amplify.loop.prompt.repeats import ByRepeat
from amplify.loop.setup import Setup
from amplify.loop.survey.likely_labels import likely_label_requests
from amplify.loop.survey.survey import asks_test
from amplify.run.engine.request_key import request_key
from amplify.run.estimate.phases import PhaseRequests
from amplify.run.estimate.stand_ins import StandIns


def requests_by_phase(
    setup: Setup,
    draws: Mapping[str, Sequence[Arm]],
    prepared: Mapping[str, PreparedArm],
    stand_ins: StandIns,
    calibration: Mapping[str, Mapping[str, Sequence[Request]]],
    choice: DrawChoice,
    repeated: Mapping[str, ByRepeat],
) -> Iterator[PhaseRequests]:
    """What each phase asks the LLM.

    `draws` holds the draws of each arm of the plan, `prepared` how each draw is prepared,
    and `repeated` its requests over the test items.
    """
    task = setup.task
    if surveys_pool(setup):
        asker = draws[setup.method.survey_arm or ""][0]
        survey = render(asker, prepared[asker.name], task.pool, task.labels)
        if asker.calibrate == "context":
            survey += context_requests(asker, prepared[asker.name], task)
        yield PhaseRequests("survey", survey)
    name_of_asker = setup.method.survey_arm or ""
    if asks_test(setup) and name_of_asker in draws:
        asker = draws[name_of_asker][0]
        of_test = likely_label_requests(asker, prepared[asker.name], task)
        yield PhaseRequests("survey test items", of_test, of_test=True)
    for name, of_arm in draws.items():
        if of_arm[0].selector_asks and of_arm[0].demonstrates:
            most_calls = [CheckedSelector.of(arm.selector).most_calls for arm in of_arm]
            known = None if None in most_calls else sum(filter(None, most_calls))
            title = f"select ({name})" + ("" if known is None else ", at most")
            tried = stand_ins.tried.get(name)
            yield PhaseRequests(title, tried, len(of_arm), name, most_calls=known)
    for name, asked in stand_ins.asked.items():
        if asked is None or asked:
            yield PhaseRequests(f"explain ({name})", asked, len(draws[name]), name)
    for name, of_priors in calibration.items():
        yield PhaseRequests(
            f"calibrate ({name})", list(chain(*of_priors.values())), len(draws[name]), name
        )
    for name, of_arm in draws.items():
        by_draw = [repeated[arm.name] for arm in of_arm]
        yield PhaseRequests(
            f"answer ({name})", list(chain(*chain(*by_draw))), len(of_arm), name, of_test=True
        )
        second = [
            request
            for arm, by_repeat in zip(of_arm, by_draw, strict=True)
            for of_repeat in by_repeat
            for request in most_second_requests(arm, task.test, of_repeat, task)
        ]
        if second:
            title = f"ask unread replies again ({name}), at most"
            yield PhaseRequests(title, second, len(of_arm), name, of_test=True)
    for name, of_choice in choice.requests.items():
        yield PhaseRequests(f"choose a draw ({name})", of_choice, len(draws[name]), name)


def without_repeats(
    phases: Iterable[PhaseRequests],
    identity: Mapping[str, Any],
    unknown: Collection[str],
) -> Iterator[PhaseRequests]:
    """What the phases ask, each without the requests that an earlier one makes.

    `identity` is that of the provider. What arms of `unknown` demonstrations ask (names) repeats
    no other arm's: the examples that stand in for them are the same, those of the run are not.
    """
    known: set[tuple[str, str]] = set()
    for phase in phases:
        if phase.requests is None:
            yield phase
            continue
        keyed = {
            (request_key(r, dict(identity)), r.arm if r.arm in unknown else ""): r
            for r in phase.requests
        }
        requests = [request for key, request in keyed.items() if key not in known]
        known.update(keyed)
        yield phase._replace(requests=requests)


def surveys_pool(setup: Setup) -> bool:
    """Whether the LLM answers the pool."""
    errors = setup.method.errors in ("llm", "both") and any(a.needs_errors for a in setup.arms)
    return errors and setup.method.survey_arm in {arm.plan_name for arm in setup.arms}
