"""Asks the LLM the pool, with the prompt of the survey's arm, and finds its errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from amplify.contract.calls import Completion, Failure, Request
from amplify.contract.context import Ask
from amplify.contract.data import Example, Task
from amplify.contract.errors import PlanError, ProviderError
from amplify.contract.grammar import counted
from amplify.loop.answer.answer import read
from amplify.loop.answer.calibrate import context_requests, no_probabilities, prior_of
from amplify.loop.answer.parse import matches
from amplify.loop.answer.prior import Prior
from amplify.loop.data.twins import text_key
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import render
from amplify.loop.setup import Room


@dataclass(frozen=True)
class PoolAnswers:
    """What the LLM said of the pool.

    By item id the parsed answer, and whether it is wrong; an item without a reply is in neither.
    `failures` are the calls that gave none.
    """

    answers: dict[str, str | None] = field(default_factory=dict)
    wrong: dict[str, bool] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        """How many calls failed; a prompt that a recording lacks is no call."""
        return sum(failure.kind != "unrecorded" for failure in self.failures)


def survey_arm(arms: Sequence[Arm], name: str | None) -> Arm:
    """The arm of this name, as the one that the pool is asked with: the first of its draws.

    Raises PlanError unless it shows all items the same demonstrations, none of them chosen by the
    LLM's errors.
    """
    arm = next((a for a in arms if a.plan_name == name), None)
    if arm is not None and not arm.needs_errors and not arm.per_item:
        return arm
    reason = "no arm has that name"
    if arm is not None:
        reason = "its own selector needs the survey"
        reason = "its selector chooses for each test item" if arm.per_item else reason
    raise PlanError(
        f"the survey cannot ask with arm {name!r}: {reason}",
        where="[survey] arm",
        hint="name an arm that shows all items the same demonstrations, or none: zero-shot",
    )


def survey_requests(arm: Arm, prepared: PreparedArm, task: Task, room: Room) -> list[Request]:
    """What the survey asks with this arm: the pool items that its prompt does not show.

    Raises PlanError where none is left, or where their prompts do not fit the model.
    """
    shown = {text_key(d.example) for d in prepared.demonstrations}
    items = [example for example in task.pool if text_key(example) not in shown]
    if not items:
        raise PlanError(
            f"no pool item is left to ask: the survey's own prompt shows all {len(task.pool)}",
            where="[split] pool",
            hint=f"enlarge the pool, or show fewer than {counted(len(shown), 'shot')} in arm"
            f" {arm.name!r}",
        )
    requests = render(arm, prepared, items, task.labels)
    room.require(arm.name, requests)
    return requests


def ask_pool(
    arm: Arm, prepared: PreparedArm, requests: Sequence[Request], task: Task, ask: Ask, parser: str
) -> PoolAnswers:
    """The LLM's answers to these requests of the survey, which are made with `arm`.

    An arm that calibrates by a batch does so here by the survey's own replies. Raises ProviderError
    where the LLM answers none of the requests, where a call for the prior of an arm that calibrates
    failed, or where the LLM tells no probabilities to calibrate.
    """
    by_id: dict[str, Example] = {example.id: example for example in task.pool}
    outcomes = ask(requests)
    failures = tuple(outcome for outcome in outcomes if isinstance(outcome, Failure))
    if len(failures) == len(requests):
        raise ProviderError(
            f"the LLM answered none of the {counted(len(requests), 'pool item')}:"
            f" {failures[0].message}",
            where="survey",
            hint='without the LLM\'s errors, say [survey] errors = "proxy"',
        )
    prior = None
    if arm.calibrate != "none":
        batch = arm.calibrate == "batch"
        of_prior = outcomes if batch else ask(context_requests(arm, prepared, task))
        prior = _prior(arm, of_prior, task)
    answers: dict[str, str | None] = {}
    wrong: dict[str, bool] = {}
    for request, outcome in zip(requests, outcomes, strict=True):
        if isinstance(outcome, Completion):
            item = by_id[request.item]
            reading, _ = read(arm, item, outcome, task.labels, parser, prior)
            answers[item.id] = answer = reading.label
            wrong[item.id] = not matches(answer, item.label)
    notes = []
    if failures:
        notes.append(
            f"survey: {len(failures)} of {counted(len(requests), 'pool item')} got no answer"
        )
    if hidden := len(task.pool) - len(requests):
        notes.append(
            "survey: "
            + counted(
                hidden,
                "pool item stands in the survey's own prompt and was",
                "pool items stand in the survey's own prompt and were",
            )
            + " not asked"
        )
    return PoolAnswers(answers, wrong, failures, tuple(notes))


def _prior(arm: Arm, outcomes: Sequence[Completion | Failure], task: Task) -> Prior:
    """The prior of the survey's arm by these outcomes; ProviderError where they give none."""
    prior = prior_of(arm, outcomes, task)
    if isinstance(prior, Failure):
        raise ProviderError(
            f"arm {arm.name!r} cannot be calibrated: {prior.message}",
            where="survey",
            hint="--resume asks what failed again; or name another arm as [survey] arm",
        )
    if not prior.probabilities:
        raise no_probabilities(arm.name, "survey", "; or name another one as [survey] arm")
    return prior
