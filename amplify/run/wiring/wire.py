"""Wire: from a plan's names to built objects. The one place where host and loop meet."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from amplify.contract.context import Ask, Context
from amplify.contract.data import Event, Task
from amplify.contract.errors import PlanError, PluginError
from amplify.contract.explainer import Explainer
from amplify.contract.guard.paths import home
from amplify.contract.progress import Progress, silent
from amplify.contract.provider import Provider
from amplify.contract.proxy import Proxy
from amplify.contract.selector import Selector
from amplify.host.info import Registered
from amplify.host.load import Host
from amplify.loop.checked.asking import CountedAsk
from amplify.loop.checked.executor import CheckedExecutor, CheckedExecutorSource, plain
from amplify.loop.checked.explainer import CheckedExplainer
from amplify.loop.checked.observer import CheckedObserver
from amplify.loop.checked.proxy import CheckedProxy
from amplify.loop.checked.selector import CheckedSelector
from amplify.loop.checked.task import CheckedTask
from amplify.loop.checked.template import CheckedTemplate
from amplify.loop.data.draw_pool import draw_seed
from amplify.loop.data.hold_out import hold_out
from amplify.loop.data.split import split
from amplify.loop.prompt.arm import Arm, drawn_name
from amplify.run.plan.plan import Plan, Ref
from amplify.run.plan.sections import SplitSection
from amplify.run.plan.validate import part_of
from amplify.run.wiring.answering import answering_of
from amplify.run.wiring.build import build_behind, build_provider
from amplify.run.wiring.choices import (
    RoleComponents,
    choose,
    component_digest,
    component_title,
    explainer_of,
    proxy_of,
    selector_of,
    template_of,
)
from amplify.run.wiring.compatibility import (
    answer_mode,
    check_answer_mode,
    check_answered,
    check_features,
    check_offers,
    check_options,
    check_reading,
    check_views,
)
from amplify.run.wiring.narrowed import narrowed
from amplify.run.wiring.probabilities import check_probabilities
from amplify.run.wiring.proxy_maker import ProxyMaker
from amplify.run.wiring.repeats import check_repeats
from amplify.run.wiring.second_calls import check_second_calls
from amplify.run.wiring.unequal_arms import layout_notes

USUAL_SIZES = (SplitSection().train, SplitSection().pool)
"""Train and pool of a plan that names no sizes."""

ALL_TO_TRAIN = "the test split stands apart: all other items that the pool leaves are for train"


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
    source: CheckedTask | None = None
    """The task's source, where it has read the data already."""
    observers: tuple[CheckedObserver, ...] = ()
    """The observers that the user asks for; those of installed plugins are the host's."""

    def observed(self, names: Sequence[str]) -> Wiring:
        """The wiring with the observers of these names, which are built."""
        found = [self.host.registry.find("observer", name) for name in names]
        built = [build_behind(CheckedObserver, each, {}, self.context, "--log") for each in found]
        return replace(self, observers=tuple(built))

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

        Notes that the task has too are left out. Where the task guesses nothing the plan is as it
        was. Where it guesses, and the data has a test split of its own, all that the pool leaves is
        for train, unless the plan has sizes of its own.
        """
        plan, given, source = self.plan, self.plan.task.options, self._task_source()
        if not source.guesses:
            return self, {}, ()
        options, notes = source.settle()
        guessed = {key: value for key, value in options.items() if given.get(key) != value}
        if not guessed and not notes:
            return replace(self, source=source), {}, ()
        dataset = source.load()
        notes = tuple(note for note in notes if note not in dataset.notes)
        if guessed:
            plan = replace(plan, task=replace(plan.task, options={**given, **guessed}))
            if (plan.split.train, plan.split.pool) == USUAL_SIZES and dataset.test:
                plan = replace(plan, split=replace(plan.split, train="all"))
                notes = (*notes, ALL_TO_TRAIN)
        return replace(self, plan=plan, source=source), guessed, notes

    def load_task(self) -> Task:
        """The task, read and split; test items cut to the run's limit."""
        sizes = self.plan.split
        seed = self._split_seed
        dataset = self._task_source().load()
        folds = sizes.folds > 0
        task = split(dataset, sizes.train, sizes.pool, sizes.test, seed, folds)
        if sizes.held_out is not None:
            task = hold_out(task, *part_of(sizes.held_out), seed)
        if not task.test:
            raise PlanError("there are no test items", where="[split] test")
        limit = self.plan.run.limit
        if limit is not None:
            task = replace(task, test=task.test[:limit])
        return replace(task, notes=(*task.notes, *layout_notes(self.plan.arms)))

    @property
    def _split_seed(self) -> int:
        seed = self.plan.split.seed
        return self.plan.run.seed if seed is None else seed

    def _task_source(self) -> CheckedTask:
        if self.source is not None:
            return self.source
        context = replace(self.context, seed=self._split_seed)
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
        context = replace(
            self.context,
            executor=plain(executor),
            labels=task.labels,
            instruction=task.instruction,
        )
        return [arm for choice in self.choices for arm in self._draws(choice, context, task, ask)]

    def arm_names(self) -> list[str]:
        """The names of the arms that `build_arms` builds, one for each draw."""
        return [name for choice in self.choices for name in self._names(choice)]

    def _names(self, choice: RoleComponents) -> list[str]:
        draws = self.plan.draws_of(choice.plan)
        if draws == 1 or not choice.draws_demonstrations:
            return [choice.plan.name]
        return [drawn_name(choice.plan.name, draw) for draw in range(1, draws + 1)]

    def build_reader(self, name: str, task: Task) -> Arm:
        """The arm of this name with its template, and nothing that chooses or explains.

        It lays prompts out and reads replies as the arm itself does.
        """
        choice = next(choice for choice in self.choices if choice.plan.name == name)
        context = replace(self.context, labels=task.labels, instruction=task.instruction)
        bare = replace(choice, explainer=None, ranker=None, viewer=None)
        return self._arm(bare, None, context, task, lambda requests: [])

    def _draws(self, choice: RoleComponents, context: Context, task: Task, ask: Ask) -> list[Arm]:
        """The draws of an arm; the arm itself where it is drawn once, or draws nothing."""
        draws = self.plan.draws_of(choice.plan)
        if draws == 1 or not choice.draws_demonstrations:
            selector = self._selector(choice, context, task, ask)
            return [self._arm(choice, selector, context, task, ask)]
        seeds = [draw_seed(self.plan.run.seed, draw) for draw in range(1, draws + 1)]
        first, *others = (
            self._selector(choice, replace(context, seed=seed), task, ask) for seed in seeds
        )
        arm = self._arm(choice, first, context, task, ask)
        return [arm.drawn(draw, selector) for draw, selector in enumerate([first, *others], 1)]

    def _selector(
        self, choice: RoleComponents, context: Context, task: Task, ask: Ask
    ) -> CheckedSelector | None:
        """The arm's selector, built; None where the arm shows no demonstrations."""
        plan = choice.plan
        if choice.selector is None or plan.selector is None or not plan.shots:
            return None
        counted = CountedAsk(ask)
        return build_behind(
            CheckedSelector,
            choice.selector,
            plan.selector.options,
            replace(
                narrowed(context, selector_of(choice.selector).needs, task, counted),
                answer=answer_mode(self.plan, choice),
            ),
            f"arm {plan.name!r}",
            (plan.name,),
            brings=selector_of(choice.selector).brings,
            tries="trials" in selector_of(choice.selector).needs,
            asks=counted,
        )

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

    def _arm(
        self,
        choice: RoleComponents,
        selector: Selector | None,
        context: Context,
        task: Task,
        ask: Ask,
    ) -> Arm:
        plan = choice.plan
        where = f"arm {plan.name!r}"

        def build(
            component: Registered | None, ref: Ref | None, needed: bool = selector is not None
        ) -> Explainer | None:
            if component is None or ref is None or not needed:
                return None
            own_context = narrowed(context, explainer_of(component).needs, task, ask)
            return build_behind(
                CheckedExplainer, component, ref.options, own_context, where, (plan.name,)
            )

        explainer = build(choice.explainer, plan.explainer)
        shared = explainer is not None and choice.ranker_ref == plan.explainer
        ranker = explainer if shared and choice.ranker else build(choice.ranker, choice.ranker_ref)
        viewer = explainer if explainer and choice.viewer else None
        viewer = viewer or build(choice.viewer, plan.explainer, needed=True)
        needs_selector = selector_of(choice.selector).needs if choice.selector else ()
        template = build_behind(
            CheckedTemplate, choice.template, plan.template.options, context, where, (plan.name,)
        )
        answering = answering_of(self.plan, choice, template, task)
        check_reading(template, self.plan.run.parser, where)
        return Arm(
            name=plan.name,
            selector=selector,
            explainer=explainer,
            template=template,
            shots=plan.shots,
            keywords=plan.keywords,
            mask=plan.mask,
            proxy=choice.proxy_digest,
            proxy_title=component_title(choice.proxy, choice.proxy_ref) if choice.proxy else "",
            explained_by=self._explainer_digest(choice.explainer, plan.explainer),
            ranked_by=self._explainer_digest(choice.ranker, choice.ranker_ref),
            ranker=ranker,
            needs_scores="scores" in needs_selector,
            needs_errors="errors" in needs_selector,
            needs_test_scores="test-scores" in needs_selector,
            needs_test_probabilities="test-probabilities" in needs_selector,
            needs_features="features" in needs_selector,
            selector_asks=not {"llm", "trials"}.isdisjoint(needs_selector),
            selector_tries="trials" in needs_selector,
            needs_proxy=choice.proxy is not None,
            reasoned=template_of(choice.template).reasons,
            answer=answering.answer,
            calibrate=answering.calibrate,
            abstain=answering.abstain,
            unread=answering.unread,
            repeats=answering.repeats,
            repeats_by=answering.repeats_by,
            explains_foil=plan.target == "foil",
            answer_first=template.answer_first,
            prefix=template.prefix or "",
            per_item=choice.selector is not None and selector_of(choice.selector).per_item,
            narrows=choice.selector is not None and selector_of(choice.selector).narrows,
            draws_demonstrations=choice.draws_demonstrations,
            views=template_of(choice.template).views,
            viewer=viewer,
            viewed_by=self._explainer_digest(choice.viewer, plan.explainer),
            instruction=plan.instruction,
            asking=tuple(
                self._explainer_digest(component, ref)
                for component, ref in (
                    (choice.explainer, plan.explainer),
                    (choice.ranker, choice.ranker_ref),
                )
                if component is not None and "llm" in explainer_of(component).needs
            ),
        )

    def _explainer_digest(self, explainer: Registered | None, ref: Ref | None) -> str:
        """A digest of the explainer, and of the LLM where it asks that; empty where there is none.

        `ref` is how the plan names the explainer.
        """
        if explainer is None or ref is None:
            return ""
        asks = "llm" in explainer_of(explainer).needs
        return component_digest(explainer, ref, *[(self.llm, self.plan.llm)] * asks)


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
    choices = tuple(choose(arm, plan, registry) for arm in plan.arms)
    for choice in choices:
        check_offers(choice)
        check_views(choice)
        check_features(choice, plan.split.folds)
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
    )
    check_answer_mode(wiring.plan, wiring.llm, choices)
    check_probabilities(wiring.plan, choices)
    check_second_calls(wiring.plan, choices)
    check_repeats(wiring.plan, wiring.llm, choices)
    check_answered(wiring.llm, plan.survey.errors, choices, plan.tune is not None)
    check_options(plan, wiring.task, wiring.llm, wiring.executor, choices)
    return wiring


def build_selector(
    registered: Registered, options: Mapping[str, Any], context: Context, arm: str
) -> CheckedSelector:
    """A selector that needs no more of a run than its `context`, for the arm of this name."""
    return build_behind(CheckedSelector, registered, options, context, f"arm {arm!r}", (arm,))
