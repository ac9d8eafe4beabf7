"""Wire a plan: find the components that it names, check that they fit, and build them on demand."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from amplify.contract.context import Ask, Context
from amplify.contract.data import Event, Task
from amplify.contract.errors import PluginError
from amplify.contract.guard.paths import home
from amplify.contract.progress import Progress, silent
from amplify.contract.provider import Provider
from amplify.contract.proxy import Proxy
from amplify.host.info import Registered
from amplify.host.load import Host
from amplify.loop.checked.executor import CheckedExecutor, CheckedExecutorSource, unchecked_executor
from amplify.loop.checked.observer import CheckedObserver
from amplify.loop.checked.proxy import CheckedProxy
from amplify.loop.checked.task import CheckedTask
from amplify.loop.prompt.arm import Arm
from amplify.run.plan.plan import Plan
from amplify.run.wiring.attributor import Attributor, find_attributor
from amplify.run.wiring.build import build_behind, build_provider
from amplify.run.wiring.build_arms import ArmBuilder, draw_names
from amplify.run.wiring.choices import (
    RoleComponents,
    find_components,
    proxy_of,
)
from amplify.run.wiring.compatibility import (
    check_answer_mode,
    check_answered,
    check_features_offered,
    check_offers,
    check_options,
    check_views,
)
from amplify.run.wiring.load_task import settle_plan, split_seed, split_task
from amplify.run.wiring.probabilities import check_probabilities
from amplify.run.wiring.proxy_maker import ProxyMaker
from amplify.run.wiring.repeats import check_repeats
from amplify.run.wiring.second_calls import check_second_calls


@dataclass
class Wiring:
    """The components of a plan, all found and matched; each is built when it is asked for."""

    plan: Plan
    host: Host
    context: Context
    task: Registered
    llm: Registered
    executor: Registered
    choices: tuple[RoleComponents, ...]
    attributor: Attributor | None = None
    """What attributes the LLM's answers; None where the plan does not ask for it."""
    source: CheckedTask | None = None
    """The task's source, where it has read the data already."""
    observers: tuple[CheckedObserver, ...] = ()
    """The observers that the user asks for; those of installed plugins are the host's."""
    study: Mapping[str, Any] = field(default_factory=dict)
    """Of a run of a study, what observers are told of its place there."""

    def observed(self, names: Sequence[str], study: Mapping[str, Any] | None = None) -> Wiring:
        """The wiring with the observers of these names, which are built.

        `study` is what they are told of the run's place in a study (None: it is in none).
        """
        registered = [self.host.registry.find("observer", name) for name in names]
        built = [
            build_behind(CheckedObserver, each, {}, self.context, "--log") for each in registered
        ]
        return replace(self, observers=tuple(built), study=study or {})

    def begin(self, folder: Path) -> list[str]:
        """Tell all observers that the run in this folder begins; what went wrong with which."""
        study = {"study": dict(self.study)} if self.study else {}
        data = {"plan": self.plan.table(), "folder": str(folder), **study}
        return self.emit(Event("started", data))

    def emit(self, event: Event) -> list[str]:
        """Tell all observers of a copy of an event; what went wrong with which."""
        problems = [*self.host.emit(event)]
        for observer in self.observers:
            try:
                observer.observe(copy.deepcopy(event))
            except PluginError as error:
                problems.append(f"not logged: {str(error).splitlines()[0]}")
        return problems

    def settle(self) -> tuple[Wiring, Mapping[str, Any], Sequence[str]]:
        """The wiring with what its task guesses from the data in its plan, the guesses, and notes.

        Where the task guesses nothing the plan is as it was.
        """
        source = self._task_source()
        if not source.guesses:
            return self, {}, ()
        plan, guessed, notes = settle_plan(self.plan, source)
        return replace(self, plan=plan, source=source), guessed, notes

    def load_task(self) -> Task:
        """The task, read and split; test items cut to the run's limit."""
        return split_task(self.plan, self._task_source().load())

    def _task_source(self) -> CheckedTask:
        if self.source is not None:
            return self.source
        context = replace(self.context, seed=split_seed(self.plan))
        return build_behind(CheckedTask, self.task, self.plan.task.options, context, "[task]")

    def build_provider(self) -> Provider:
        """The LLM."""
        return build_provider(self.llm, self.plan.llm.options, self.context)

    def open_executor(self) -> CheckedExecutor:
        """Where heavy local work is done."""
        options = self.plan.executor.options
        return build_behind(
            CheckedExecutorSource, self.executor, options, self.context, "[executor]"
        ).open()

    def build_arms(self, task: Task, ask: Ask, executor: Executor) -> list[Arm]:
        """The arms, one for each draw; what an explainer needs is in its context.

        Each factory is called once, but that of a selector, which is called for each draw with a
        seed of its own.
        """
        builder = self._arm_builder(
            replace(self.context, executor=unchecked_executor(executor)), task, ask
        )
        return [arm for choice in self.choices for arm in builder.draws(choice)]

    def arm_names(self) -> list[str]:
        """The names of the arms that `build_arms` builds, one for each draw."""
        return [name for choice in self.choices for name in draw_names(self.plan, choice)]

    def build_reader(self, name: str, task: Task) -> Arm:
        """The arm of this name with its template, and nothing that chooses or explains.

        It lays prompts out and reads replies as the arm itself does.
        """
        choice = next(choice for choice in self.choices if choice.plan.name == name)
        bare = replace(choice, explainer=None, ranker=None, viewer=None)
        return self._arm_builder(self.context, task, lambda requests: []).build(bare, None)

    def _arm_builder(self, context: Context, task: Task, ask: Ask) -> ArmBuilder:
        context = replace(context, labels=task.labels, instruction=task.instruction)
        return ArmBuilder(self.plan, self.llm, context, task, ask)

    def proxy_factories(self, task: Task) -> dict[str, Callable[[], Proxy]]:
        """A factory for each proxy that the arms name; each has made one, to fail early."""
        context = replace(self.context, labels=task.labels)
        factories: dict[str, Callable[[], Proxy]] = {}
        for choice in self.choices:
            if choice.proxy is None or (digest := choice.proxy_digest) in factories:
                continue
            arms = tuple(c.plan.name for c in self.choices if c.proxy_digest == digest)
            check = partial(CheckedProxy, offers=proxy_of(choice.proxy).offers)
            factories[digest] = ProxyMaker.of(choice.proxy, choice.proxy_ref, context, arms, check)
        return factories

    def plugins(self) -> dict[str, str]:
        """Name and version of the plugins that this plan uses."""
        used: list[Registered | None] = [self.task, self.llm, self.executor]
        for choice in self.choices:
            used += [choice.template, choice.selector, choice.explainer, choice.ranker]
            used += [choice.proxy, choice.viewer]
        names = {component.distribution for component in used if component is not None}
        loaded = (p for p in self.host.plugins if p.state == "loaded")
        return {p.name: p.version for p in loaded if p.name in names}


def item_source(use: str, options: Mapping[str, Any], host: Host) -> CheckedTask:
    """The task of this name as a source of new items; relative paths start from here."""
    folders = ["", *filter(None, [os.environ.get("AMPLIFY_DATA")])]
    context = Context(seed=0, paths=tuple(map(home, folders)))
    return build_behind(CheckedTask, host.registry.find("task", use), options, context, "the input")


def wire(plan: Plan, host: Host, show: Progress = silent) -> Wiring:
    """Look up and match every component that the plan names; nothing heavy is imported.

    `show` is told of a run's progress.

    Raises PlanError for an unknown name, an option that a component does not have, or a component
    that cannot give what another one needs, an LLM that answers nothing included.
    """
    registry = host.registry
    folders = [plan.run.base, *filter(None, [os.environ.get("AMPLIFY_DATA")])]
    context = Context(
        seed=plan.run.seed,
        device=plan.run.device,
        paths=tuple(map(home, folders)),
        show=show,
    )
    choices = tuple(find_components(arm, plan, registry) for arm in plan.arms)
    for choice in choices:
        check_offers(choice)
        check_views(choice)
        check_features_offered(choice, plan.split.folds)
    # What no component looks at is no part of the plan.
    plan = replace(plan, arms=tuple(choice.plan for choice in choices))
    wiring = Wiring(
        plan,
        host,
        context,
        registry.find("task", plan.task.use),
        registry.find("llm", plan.llm.use),
        registry.find("executor", plan.executor.use),
        choices,
        find_attributor(plan, choices, registry),
    )
    check_answer_mode(wiring.plan, wiring.llm, choices)
    check_probabilities(wiring.plan, choices)
    check_second_calls(wiring.plan, choices)
    check_repeats(wiring.plan, wiring.llm, choices)
    check_answered(wiring.llm, plan.survey.errors, choices, plan.tune is not None)
    check_options(plan, wiring.task, wiring.llm, wiring.executor, choices)
    return wiring
