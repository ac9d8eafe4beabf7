"""How often an arm asks each item, and the refusal of repeats that could not differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from amplify.contract.calls import AnswerMode
from amplify.contract.errors import PlanError
from amplify.contract.provider import Provider
from amplify.host.factory import options_of
from amplify.host.info import Registered
from amplify.run.engine.remote.remote_calls import is_remote
from amplify.run.plan.plan import ArmPlan, Plan
from amplify.run.wiring.choices import RoleComponents
from amplify.run.wiring.compatibility import answer_mode
from amplify.run.wiring.probabilities import calibration_of

REORDER = 'have the demonstrations reordered instead: repeats_by = "order"'


def repeats_of(plan: Plan, choice: RoleComponents) -> int:
    """How often the arm asks each item: as it says, else as `[run]` does.

    What ranks the labels of one prompt gives the same every time, so that `[run]` does not speak of
    it where repeats are by sampling.
    """
    if choice.plan.repeats is not None:
        return choice.plan.repeats
    ranks = answer_mode(plan, choice) == "rank"
    return 1 if ranks and repeats_by_of(plan, choice) == "sampling" else plan.run.repeats


def repeats_by_of(plan: Plan, choice: RoleComponents) -> Literal["sampling", "order"]:
    """What tells the arm's repeats apart: as it says, else as `[run]` does."""
    return choice.plan.repeats_by or plan.run.repeats_by


def check_repeats(plan: Plan, llm: Registered, choices: Sequence[RoleComponents]) -> None:
    """Refuse repeats by sampling that could not differ, and reordering where a prior is needed."""
    repeating = [choice for choice in choices if repeats_of(plan, choice) > 1]
    options = options_of(llm, plan.llm.options, "[llm]") if repeating else None
    for choice in repeating:
        where = f"arm {choice.plan.name!r}"
        if repeats_by_of(plan, choice) == "order":
            if calibration_of(plan, choice) != "none":
                raise PlanError(
                    'repeats_by = "order": each order would have a prior of its own',
                    where=where,
                    hint='for this arm: calibrate = "none"',
                )
            continue
        check_ranked_repeats(choice.plan, answer_mode(plan, choice), "sampling")
        if getattr(options, "temperature", None) == 0:
            raise PlanError(
                "repeats: at temperature 0 all repeats would be the same reply",
                where=where,
                hint=f"for instance -o llm.temperature=1; or {REORDER}",
            )
        if getattr(options, "seed", None) is not None:
            raise PlanError(
                "repeats: with a seed of the LLM all repeats would be the same reply",
                where=where,
                hint="leave llm.seed out",
            )


def check_ranked_repeats(
    arm: ArmPlan, answer: AnswerMode, by: Literal["sampling", "order"]
) -> None:
    """Refuse repeats by sampling that the arm asks for itself, where it `answer`s by ranking."""
    if answer == "rank" and by == "sampling" and (arm.repeats or 1) > 1:
        raise PlanError(
            "repeats: labels that are ranked come out alike in each repeat",
            where=f"arm {arm.name!r}",
            hint=REORDER,
        )


def check_samples(
    plan: Plan, llm: Registered, choices: Sequence[RoleComponents], provider: Provider
) -> None:
    """Refuse repeats by sampling where the LLM answers in this process and has no temperature.

    `provider` is the `llm`, built.
    """
    if is_remote(provider) or hasattr(options_of(llm, plan.llm.options, "[llm]"), "temperature"):
        return
    for choice in choices:
        if repeats_of(plan, choice) > 1 and repeats_by_of(plan, choice) == "sampling":
            raise PlanError(
                f"repeats: {llm.qualified} does not sample, so that all repeats would be the same"
                " reply",
                where=f"arm {choice.plan.name!r}",
                hint=REORDER,
            )
