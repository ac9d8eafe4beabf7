"""Sets up what the arms of a wired plan are prepared from and with."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor

from amplify.contract.context import Ask
from amplify.contract.data import Task
from amplify.loop.audit.leakage import LeakGuard
from amplify.loop.data.digest import task_digest
from amplify.loop.data.draw_pool import draw_pool
from amplify.loop.explain.keywords import scaffold
from amplify.loop.prompt.arm import Arm
from amplify.loop.setup import Method, Room, Setup
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.wire import Wiring


def set_up(
    wiring: Wiring,
    task: Task,
    arms: Sequence[Arm],
    ask: Ask,
    room: Room,
    executor: Executor,
    shared: Shared,
    ask_trials: Ask | None = None,
) -> Setup:
    """What the arms of the wired plan are prepared from and with.

    `ask` puts the survey's requests to the LLM, `ask_trials` those of selectors that try
    demonstrations (by default `ask`), `executor` fits the proxies, and `shared` holds
    what proxies made of the same data in earlier runs of a study.
    """
    plan = wiring.plan
    data = task_digest(task)
    draws = max((arm.draw for arm in arms), default=0)
    return Setup(
        task,
        arms,
        Method(
            plan.survey.arm,
            plan.survey.errors,
            plan.split.folds,
            plan.run.parser,
            plan.run.faithfulness,
            plan.run.seed,
        ),
        ask,
        room,
        LeakGuard(task, plan.guards.leaks),
        scaffold((*task.train, *task.pool)),
        shared.proxy_results(data, plan.split.folds, plan.run.seed, plan.run.device),
        executor,
        wiring.context.show,
        data,
        {
            draw: draw_pool(task.pool, draw, draws, plan.run.seed, plan.run.draw_from)
            for draw in range(draws + 1)
        },
        ask_trials,
    )
