"""Load a plan's task: settle what is guessed from the data, and split the examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from amplify.contract.data import Task
from amplify.contract.errors import PlanError
from amplify.contract.task import Dataset
from amplify.loop.checked.task import CheckedTask
from amplify.loop.data.hold_out import hold_out
from amplify.loop.data.split import split
from amplify.run.plan.plan import Plan
from amplify.run.plan.sections import SplitSection
from amplify.run.plan.validate import part_of
from amplify.run.wiring.unequal_arms import layout_notes

USUAL_SIZES = (SplitSection().train, SplitSection().pool)
"""Train and pool of a plan that names no sizes."""

ALL_TO_TRAIN = "the test split stands apart: all other items that the pool leaves are for train"


def settle_plan(plan: Plan, source: CheckedTask) -> tuple[Plan, Mapping[str, Any], Sequence[str]]:
    """The plan with what its task guesses from the data, the guesses, and notes.

    Notes that the task has too are left out. Where the data has a test split of its own, all that
    the pool leaves is for train, unless the plan has sizes of its own.
    """
    given = plan.task.options
    options, notes = source.settle()
    guessed = {key: value for key, value in options.items() if given.get(key) != value}
    if not guessed and not notes:
        return plan, {}, ()
    dataset = source.load()
    notes = tuple(note for note in notes if note not in dataset.notes)
    if guessed:
        plan = replace(plan, task=replace(plan.task, options={**given, **guessed}))
        if (plan.split.train, plan.split.pool) == USUAL_SIZES and dataset.test:
            plan = replace(plan, split=replace(plan.split, train="all"))
            notes = (*notes, ALL_TO_TRAIN)
    return plan, guessed, notes


def split_task(plan: Plan, dataset: Dataset) -> Task:
    """The data as the plan splits it; test items cut to the run's limit."""
    sizes, seed = plan.split, split_seed(plan)
    task = split(dataset, sizes.train, sizes.pool, sizes.test, seed, sizes.folds > 0)
    if sizes.held_out is not None:
        task = hold_out(task, *part_of(sizes.held_out), seed)
    if not task.test:
        raise PlanError("there are no test items", where="[split] test")
    if plan.run.limit is not None:
        task = replace(task, test=task.test[: plan.run.limit])
    return replace(task, notes=(*task.notes, *layout_notes(plan.arms)))


def split_seed(plan: Plan) -> int:
    """The seed of the split: the plan's own, else the run's."""
    return plan.run.seed if plan.split.seed is None else plan.split.seed
