"""Names the instructions that the LLM is to propose, until it has proposed them."""

from __future__ import annotations

import re
from typing import Any

from amplify.contract.errors import PlanError
from amplify.contract.guard.brief import brief

MOST = 20
"""The most instructions that the LLM is asked for."""

_NAME = re.compile(r"\(proposed by the LLM: (\d+)\)")


def proposed_instructions(value: Any, where: str) -> list[str]:
    """The names of so many instructions as the table `{ propose = N }` says.

    `where` is the table's place in its file.
    """
    count = value.get("propose")
    if set(value) != {"propose"} or type(count) is not int or not 1 <= count <= MOST:
        raise PlanError(
            f"instruction needs a list of texts, or {{ propose = N }} with N from 1 to {MOST}, not"
            f" {brief(value)}",
            where=where,
        )
    return [f"(proposed by the LLM: {number})" for number in range(1, count + 1)]


def proposal_number(instruction: str | None) -> int | None:
    """Which proposal of the LLM this instruction names; None: it is one itself."""
    named = _NAME.fullmatch(instruction or "")
    return int(named[1]) if named else None
