"""Decides how an arm answers: by its plan, its template and the task."""

from __future__ import annotations

from dataclasses import dataclass

from amplify.contract.calls import AnswerMode
from amplify.contract.data import Task
from amplify.contract.errors import PlanError
from amplify.loop.checked.template import CheckedTemplate
from amplify.loop.prompt.arm import Calibration, RepeatsBy, Unread
from amplify.run.plan.plan import Plan
from amplify.run.wiring.choices import RoleComponents
from amplify.run.wiring.compatibility import answer_mode
from amplify.run.wiring.probabilities import abstention_of, calibration_of, check_labels
from amplify.run.wiring.repeats import check_ranked_repeats, repeats_by_of, repeats_of
from amplify.run.wiring.second_calls import check_ranked_unread, unread_of


@dataclass(frozen=True)
class Answering:
    """How an arm asks for its answers and reads them; the fields are those of `Arm`."""

    answer: AnswerMode
    calibrate: Calibration
    abstain: float | None
    unread: Unread
    repeats: int
    repeats_by: RepeatsBy


def answering_of(
    plan: Plan, choice: RoleComponents, template: CheckedTemplate, task: Task
) -> Answering:
    """How the arm answers; PlanError where the plan asks what the task or the template rules out.

    A rationale that the template has behind the answer cannot be completed: the labels are ranked.
    """
    where = f"arm {choice.plan.name!r}"
    answer = answer_mode(plan, choice)
    if answer == "complete" and not template.rationale_ahead:
        answer = "rank"
    if answer != "write" and not task.labels and not all(item.options for item in task.test):
        raise PlanError(
            f"task {task.name} has open answers: there are no labels to rank", where=where
        )
    by = repeats_by_of(plan, choice)
    check_ranked_repeats(choice.plan, answer, by)
    check_ranked_unread(choice.plan, answer)
    calibrate = calibration_of(plan, choice)
    abstain = abstention_of(plan, choice)
    check_labels(calibrate, task, where)
    if template.max_tokens < 1:
        raise PlanError(f"max_tokens is 1 or more, not {template.max_tokens}", where=where)
    # A second reply is written, and tells no probabilities of the labels.
    no_second = answer == "rank" or calibrate != "none" or abstain is not None
    return Answering(
        answer,
        calibrate,
        abstain,
        "count" if no_second else unread_of(plan, choice),
        1 if answer == "rank" and by == "sampling" else repeats_of(plan, choice),
        by,
    )
