"""Whether an arm asks unread replies again, and the refusal of arms that have none."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.calls import AnswerMode
from amplify.contract.errors import PlanError
from amplify.loop.prompt.arm import Unread
from amplify.run.plan.plan import ArmPlan, Plan
from amplify.run.wiring.choices import RoleComponents
from amplify.run.wiring.compatibility import answer_mode
from amplify.run.wiring.probabilities import abstention_of, calibration_of


def unread_of(plan: Plan, choice: RoleComponents) -> Unread:
    """What becomes of the arm's unread replies: as it says, else as `[run]` does where its LLM
    writes."""
    if choice.plan.unread is not None or answer_mode(plan, choice) == "rank":
        return choice.plan.unread or "count"
    return plan.run.unread


def check_second_calls(plan: Plan, choices: Sequence[RoleComponents]) -> None:
    """Refuse to ask again where nothing is written, or where the parser leaves nothing unread."""
    ranking = [choice for choice in choices if answer_mode(plan, choice) == "rank"]
    asking = [choice for choice in choices if unread_of(plan, choice) == "ask"]
    for choice in choices:
        check_ranked_unread(choice.plan, answer_mode(plan, choice))
        _check_probabilities_kept(plan, choice)
    if plan.run.unread == "ask" and len(ranking) == len(choices):
        raise PlanError(
            "in all arms the LLM ranks the labels, so that no reply is written that could be"
            " unread",
            where="[run] unread",
            hint='leave it out, or have answers written: answer = "write", or "complete"',
        )
    if asking and plan.run.parser == "published":
        raise PlanError(
            "published takes each reply as its authors did, so that none is asked again",
            where="[run] parser",
            hint='parser = "default", or unread = "count"',
        )


def check_ranked_unread(arm: ArmPlan, answer: AnswerMode) -> None:
    """Refuse second calls that the arm asks for itself, where it `answer`s by ranking."""
    if answer == "rank" and arm.unread == "ask":
        raise PlanError(
            "unread: its LLM ranks the labels, so that no reply is written that could be unread",
            where=f"arm {arm.name!r}",
            hint='for this arm: unread = "count"',
        )


def _check_probabilities_kept(plan: Plan, choice: RoleComponents) -> None:
    """Refuse second calls that the arm asks for itself, where it needs probabilities."""
    if choice.plan.unread != "ask":
        return
    given = {
        "calibrate": calibration_of(plan, choice) != "none",
        "abstain": abstention_of(plan, choice) is not None,
    }
    for key in (key for key, is_given in given.items() if is_given):
        off = {"calibrate": '"none"', "abstain": "0"}[key]
        raise PlanError(
            f"unread: a second reply is written, and tells no probabilities, which {key} needs",
            where=f"arm {choice.plan.name!r}",
            hint=f'for this arm: unread = "count", or {key} = {off}',
        )
