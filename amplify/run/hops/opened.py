"""Opens a run: its folder, its journal and its engine, with the arms that are to be prepared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from amplify.contract.data import Event, Task
from amplify.loop.prompt.arm import Arm
from amplify.loop.setup import Setup
from amplify.run.cost.prices import Price
from amplify.run.engine.context_room import ModelRoom
from amplify.run.engine.engine import Engine
from amplify.run.engine.open_engine import check_provider, open_engine
from amplify.run.plan.plan import Plan
from amplify.run.store.beginning import Began
from amplify.run.store.continuation import Continuation
from amplify.run.store.run_folder import RunFolder
from amplify.run.store.versions import versions
from amplify.run.wiring.attributor import check_attributed
from amplify.run.wiring.repeats import check_samples
from amplify.run.wiring.set_up import set_up
from amplify.run.wiring.shared import Shared
from amplify.run.wiring.told_apart import check_told_apart
from amplify.run.wiring.wire import Wiring

Warn = Callable[[str], None]
"""Is told what a user has to know while the run goes on."""


@dataclass(frozen=True)
class OpenRun:
    """What the hops of a run share: its plan and folder, its engine, and the arms as built.

    `price` is None where the model's is not known. `now` is what the run has at this time,
    `continuation` keeps it beside what the run began with; `setup` is what the arms are prepared
    from.
    """

    wiring: Wiring
    folder: RunFolder
    task: Task
    arms: list[Arm]
    room: ModelRoom
    engine: Engine
    price: Price | None
    now: Began
    continuation: Continuation
    setup: Setup
    warn: Warn

    @property
    def plan(self) -> Plan:
        """The plan of the run."""
        return self.wiring.plan

    def emit(self, kind: Any, **data: Any) -> None:
        """Tell the observers of an event; `warn` is told of those that fail."""
        for problem in self.wiring.emit(Event(kind, data)):
            self.warn(problem)


@contextmanager
def open_run(
    wiring: Wiring,
    folder: RunFolder,
    resume: bool,
    warn: Warn,
    shared: Shared,
    laid_out: Callable[[Task], Task] = lambda task: task,
) -> Iterator[OpenRun]:
    """The run of the wired plan in the folder, open until the block ends.

    Every factory is built before the first call. `shared` holds what earlier runs of a study have
    left to this one. `laid_out` gives the task whose arms are prepared, from the one that is split.
    """
    plan = wiring.plan
    folder.check(plan, resume)
    task = laid_out(wiring.load_task())
    provider = shared.provider(wiring)
    variables = wiring.llm.component.env
    check_samples(plan, wiring.llm, wiring.choices, provider)
    check_told_apart(plan, wiring.choices, task, provider)
    check_attributed(plan, wiring.llm, provider)
    price = check_provider(plan.calls, provider, wiring.context, variables, repr(plan.llm.options))
    room = ModelRoom(provider)
    with (
        folder.begun(plan, resume, warn),
        shared.journal(folder.journal) as journal,
        wiring.open_executor() as executor,
        open_engine(
            provider,
            journal,
            plan.calls,
            price,
            wiring.context.show,
            folder.batches,
            warn,
            variables,
            shared.begin(),
        ) as engine,
    ):
        now = Began.now(plan.llm, engine.identity, versions(wiring.plugins()))
        shared.identities.check(plan.llm, engine.identity, folder.path)
        continuation = folder.going_on(now, bool(journal.completions))
        arms = wiring.build_arms(task, engine.require, executor)
        ask = partial(engine.require, phase="survey the LLM's errors")
        ask_trials = partial(engine.require, phase="try demonstrations")
        setup = set_up(wiring, task, arms, ask, room, executor, shared, ask_trials)
        opened = OpenRun(
            wiring, folder, task, arms, room, engine, price, now, continuation, setup, warn
        )
        for problem in wiring.begin(folder.path):
            warn(problem)
        yield opened
