"""Preparing: a run's arms to be prepared, as the plan has it; and a digest of their data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import astuple

from amplify.contract.context import Ask
from amplify.contract.data import Task
from amplify.loop.prepare import Preparation, Survey
from amplify.loop.prompt.arm import Arm
from amplify.run.precheck.context_room import ModelRoom
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import Wiring


def preparing(
    wiring: Wiring,
    task: Task,
    arms: Sequence[Arm],
    ask: Ask,
    room: ModelRoom,
    executor: Executor,
    shared: Shared,
) -> Preparation:
    """The preparation of a run's arms, not begun yet; its proxies are still to be named."""
    plan = wiring.plan
    return Preparation(
        task,
        arms,
        Survey(
            plan.survey.arm,
            plan.survey.errors,
            plan.split.folds,
            plan.run.parser,
            plan.run.faithfulness,
            plan.guards.leaks,
        ),
        {},
        ask,
        room,
        plan.run.seed,
        executor,
        wiring.context.show,
        shared.known(digest_of(task), plan.split.folds, plan.run.seed, plan.run.device),
    )


def digest_of(task: Task) -> str:
    """A digest of the task: its labels and instruction, and the three splits in order."""
    parts = [[astuple(e) for e in split] for split in (task.train, task.pool, task.test)]
    told = [task.labels, task.instruction, parts]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
