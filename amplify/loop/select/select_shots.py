"""Selects the pool examples that an arm shows, and which of them to which test item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from amplify.contract.data import Task
from amplify.contract.errors import PlanError
from amplify.contract.grammar import counted
from amplify.contract.selector import Candidate, QuerySurvey, Selection, Try
from amplify.loop.checked.selector import CheckedSelector
from amplify.loop.checked.unlabelled import all_unlabelled
from amplify.loop.prompt.arm import Arm
from amplify.loop.select.gather import gather

MOST_SHOTS = 32
"""What `shots = "max"` takes at most."""


def select_shots(
    arm: Arm,
    candidates: Sequence[Candidate],
    task: Task,
    attempt: Try | None = None,
    surveyed: Mapping[str, QuerySurvey] = MappingProxyType({}),
) -> tuple[Selection, dict[str, tuple[int, ...]]]:
    """What the arm's selector chooses, and which of it for which test item, by the item's id.

    Nothing for an arm without a selector; PlanError where a selector finds neither demonstrations
    nor an instruction. A selector is told the test items without their labels: it cannot choose by
    what is to be predicted. `attempt` tries demonstrations for a selector that needs trials,
    `surveyed` is what one needs of the survey of the test items, by their ids.
    """
    if arm.selector is None:
        return Selection(()), {}
    most = MOST_SHOTS if arm.shots == "max" else arm.shots
    queries = all_unlabelled(task.test) if arm.per_item else []
    selector = CheckedSelector.of(arm.selector)
    selected = selector.select(candidates, most, queries, attempt, surveyed)
    selection, chosen = gather(selected, queries)
    if not selection.shots and not selection.instruction:
        raise nothing_to_show(arm, task)
    return selection, chosen


def nothing_to_show(arm: Arm, task: Task) -> PlanError:
    """The error of an arm whose selector finds no demonstration."""
    return PlanError(
        "its selector found no demonstrations",
        where=f"arm {arm.name!r}",
        hint=f"the pool has {counted(len(task.pool), 'item')}"
        + (", of which each draw has a sample" if arm.draw else "")
        + "; see [split] pool"
        + (", [run] draws and draw_from" if arm.draw else ""),
    )
