"""The LLM's own answers to the pool: who errs where, with the survey arm's prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from amplify.contract.calls import Completion, Failure
from amplify.contract.context import Ask
from amplify.contract.data import Example
from amplify.contract.errors import PlanError, ProviderError
from amplify.loop.answer.answer import read, requests
from amplify.loop.answer.parse import matches
from amplify.loop.prompt.arm import Arm, PreparedArm


@dataclass(frozen=True)
class PoolAnswers:
    """By item id the parsed answer, and whether it is wrong; an item without a reply is in neither.

    `failed` counts the calls that failed (what a recording lacks is none).
    """

    answers: dict[str, str | None] = field(default_factory=dict)
    wrong: dict[str, bool] = field(default_factory=dict)
    failed: int = 0
    notes: tuple[str, ...] = ()


def survey_arm(arms: Sequence[Arm], name: str | None) -> Arm:
    """The arm that the pool is asked with: one that shows all items the same demonstrations."""
    arm = next((a for a in arms if a.name == name), None)
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


def ask_pool(
    arm: Arm,
    prepared: PreparedArm,
    items: Sequence[Example],
    labels: tuple[str, ...],
    ask: Ask,
    parser: str,
) -> PoolAnswers:
    """What the LLM says of these items of the pool; ProviderError where it says nothing at all."""
    outcomes = ask(requests(arm, prepared, list(items), labels))
    answers: dict[str, str | None] = {}
    wrong: dict[str, bool] = {}
    for item, outcome in zip(items, outcomes, strict=True):
        if isinstance(outcome, Completion):
            answers[item.id] = answer = read(arm, item, outcome, labels, parser)
            wrong[item.id] = not matches(answer, item.label)
    if not answers:
        reason = next(o.message for o in outcomes if not isinstance(o, Completion))
        raise ProviderError(
            f"the LLM answered none of the {len(items)} pool items: {reason}",
            where="survey",
            hint='without the LLM\'s errors, say [survey] errors = "proxy"',
        )
    failed = sum(isinstance(o, Failure) and o.kind != "unrecorded" for o in outcomes)
    missing = len(items) - len(answers)
    told = f"survey: {missing} of {len(items)} pool items got no answer"
    return PoolAnswers(answers, wrong, failed, (told,) if missing else ())
