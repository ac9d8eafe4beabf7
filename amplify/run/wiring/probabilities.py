"""What an arm does with the labels' probabilities, and the refusal of arms that have none."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.data import Task
from amplify.contract.errors import PlanError
from amplify.loop.prompt.arm import Calibration
from amplify.run.plan.plan import Plan
from amplify.run.wiring.choices import RoleComponents, selector_of, template_of
from amplify.run.wiring.compatibility import answer_mode

ASK_FOR_THE_LABEL = 'have the labels ranked: answer = "rank", or "complete"'


def calibration_of(plan: Plan, choice: RoleComponents) -> Calibration:
    """How the arm calibrates: as it says, else as `[run]` does where its LLM ranks the labels."""
    if choice.plan.calibrate is not None or answer_mode(plan, choice) == "write":
        return choice.plan.calibrate or "none"
    return plan.run.calibrate


def abstention_of(plan: Plan, choice: RoleComponents) -> float | None:
    """How probable the arm's answers have to be: as it says, else as `[run]` does where its LLM
    ranks the labels."""
    least = choice.plan.abstain
    if least is None and answer_mode(plan, choice) != "write":
        least = plan.run.abstain
    return least or None


def check_probabilities(plan: Plan, choices: Sequence[RoleComponents]) -> None:
    """Refuse to calibrate, or to abstain, where no labels are ranked."""
    for choice in choices:
        arm, where = choice.plan, f"arm {choice.plan.name!r}"
        writes = answer_mode(plan, choice) == "write"
        given = {"calibrate": calibration_of(plan, choice) != "none", "abstain": arm.abstain}
        for key in (key for key, value in given.items() if value and writes):
            raise PlanError(
                f"{key}: its LLM writes its answers, so that labels have no probabilities",
                where=where,
                hint=ASK_FOR_THE_LABEL,
            )
        if (
            calibration_of(plan, choice) == "context"
            and template_of(choice.template).views != "none"
        ):
            raise PlanError(
                f"calibrate: template {choice.template.qualified} shows the proxy's view of each"
                " input, and there is none of an input without content",
                where=where,
                hint='for this arm: calibrate = "batch"',
            )
        if given["calibrate"]:
            _check_per_item(choice, calibration_of(plan, choice), where)
    if all(answer_mode(plan, choice) == "write" for choice in choices):
        for key in ("calibrate", "abstain"):
            if getattr(plan.run, key) not in ("none", None, 0):
                raise PlanError(
                    "in all arms the LLM writes its answers, so that labels have no probabilities",
                    where=f"[run] {key}",
                    hint=ASK_FOR_THE_LABEL,
                )


def _check_per_item(choice: RoleComponents, calibrate: Calibration, where: str) -> None:
    """Refuse to calibrate an arm whose demonstrations for a pool item are not known.

    `where` is the arm, for an error.
    """
    if choice.selector is None or not choice.plan.shots:
        return
    selector = selector_of(choice.selector)
    if not selector.per_item:
        return
    if calibrate == "context":
        raise PlanError(
            f"calibrate: selector {choice.selector.qualified} chooses for each item, and an input"
            " without content has no demonstrations that are chosen for it",
            where=where,
            hint='for this arm: calibrate = "batch"',
        )
    if choice.explainer is not None or selector.needs:
        raise PlanError(
            f"calibrate: selector {choice.selector.qualified} chooses for each item; such an arm"
            " can be calibrated only if it has no rationales, and its selector needs no scores",
            where=where,
            hint='for this arm: calibrate = "none"',
        )


def check_labels(calibrate: Calibration, task: Task, where: str) -> None:
    """Refuse to calibrate where the labels, or the options, differ from item to item.

    `where` is the arm, for an error.
    """
    if calibrate == "none":
        return
    items = (*task.pool, *task.test)
    if len({item.labels(task.labels) for item in items}) > 1:
        raise PlanError(
            "calibrate: the items do not all have the same options, so that there is no prior",
            where=where,
            hint='calibrate = "none"',
        )
    if calibrate == "context" and any(item.options for item in items):
        raise PlanError(
            "calibrate: the items have options of their own, which an input without content lacks",
            where=where,
            hint='calibrate = "batch"',
        )
