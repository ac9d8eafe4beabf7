"""Whether an arm asks unread replies again, and the refusal of arms that have none."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.errors import PlanError
from amplify.loop.prompt.arm import Unread
from amplify.run.plan.plan import Plan
from amplify.run.wiring.choices import RoleComponents
from amplify.run.wiring.compatibility import answer_mode


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
    for choice in ranking:
        if choice.plan.unread == "ask":
            raise PlanError(
                "unread: its LLM ranks the labels, so that no reply is written that could be"
                " unread",
                where=f"arm {choice.plan.name!r}",
                hint='for this arm: unread = "count"',
            )
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
