"""Wire: from a plan's names to built objects. The one place where host and loop meet."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from amplify.contract.components import (
    ExplainerComponent,
    Offer,
    ProviderComponent,
    ProxyComponent,
    SelectorComponent,
    TemplateComponent,
)
from amplify.contract.data import Dataset, Task
from amplify.contract.errors import PlanError
from amplify.contract.guard import calling
from amplify.contract.progress import Progress, silent
from amplify.contract.roles import (
    Ask,
    AsyncProvider,
    Context,
    Explainer,
    Provider,
    Proxy,
    StatingTemplate,
)
from amplify.host.factory import build
from amplify.host.info import Registered
from amplify.host.load import Host
from amplify.host.registry import Registry
from amplify.loop.arms import Arm
from amplify.loop.hold_out import hold_out
from amplify.loop.split import split
from amplify.run.cache import cache_folder
from amplify.run.plan import ArmPlan, Plan, Ref
from amplify.run.read import part_of

ITSELF = "llm"
"""The proxy that an arm names to have the LLM explain itself (Self-AMPLIFY)."""


@dataclass(frozen=True)
class Choice:
    """The components that an arm names, found but not yet imported.

    `ranker` is the explainer of the candidates, where the selector needs explanations.
    """

    plan: ArmPlan
    template: Registered
    selector: Registered | None
    explainer: Registered | None
    ranker: Registered | None
    proxy: Registered | None
    proxy_ref: Ref

    @property
    def ranker_ref(self) -> Ref | None:
        """How the plan names the explainer of the candidates."""
        return self.plan.selection_explainer or self.plan.explainer


@dataclass
class Wiring:
    """The components of a plan, all found and matched; each is built when it is asked for."""

    plan: Plan
    host: Host
    context: Context
    task: Registered
    llm: Registered
    executor: Registered
    choices: tuple[Choice, ...]
    _proxies: dict[str, Ref] = field(default_factory=dict)

    def load_task(self) -> Task:
        """The task, read and split; test items cut to the run's limit."""
        sizes = self.plan.split
        seed = self.plan.run.seed if sizes.seed is None else sizes.seed
        context = replace(self.context, seed=seed)
        source = build(self.task, self.plan.task.options, context, "[task]")
        with calling(f"task {self.task.qualified}"):
            dataset: Dataset = source.load()
        folds = sizes.folds > 0
        task = split(dataset, sizes.train, sizes.pool, sizes.test, seed, folds)
        if sizes.held_out is not None:
            task = hold_out(task, *part_of(sizes.held_out), seed)
        if not task.test:
            raise PlanError("there are no test items", where="[split] test")
        limit = self.plan.run.limit
        if limit is not None:
            task = replace(task, test=task.test[:limit])
        return replace(task, notes=(*task.notes, *_layout_notes(self.plan.arms)))

    def build_provider(self) -> Provider | AsyncProvider:
        """The LLM."""
        provider: Provider | AsyncProvider = build(
            self.llm, self.plan.llm.options, self.context, "[llm]"
        )
        return provider

    def open_executor(self) -> Executor:
        """Where heavy local work is done."""
        source = build(self.executor, self.plan.executor.options, self.context, "[executor]")
        executor: Executor = source.open()
        return executor

    def build_arms(self, task: Task, ask: Ask, executor: Executor) -> list[Arm]:
        """The arms, each factory called once; what an explainer needs is in its context."""
        context = replace(self.context, executor=executor, labels=task.labels)
        return [self._arm(choice, context, task, ask) for choice in self.choices]

    def proxy_factories(self, task: Task) -> dict[str, Callable[[], Proxy]]:
        """A factory for each proxy that the arms name; each has made one, to fail early."""
        context = replace(self.context, labels=task.labels)
        made: dict[str, Callable[[], Proxy]] = {}
        for choice in self.choices:
            if choice.proxy is not None:
                name = proxy_name(choice)
                if name not in made:
                    made[name] = Maker.of(choice.proxy, choice.proxy_ref, context)
        return made

    def plugins(self) -> dict[str, str]:
        """Name and version of the plugins that this plan uses."""
        used: list[Registered | None] = [self.task, self.llm, self.executor]
        for choice in self.choices:
            used += [choice.template, choice.selector, choice.explainer, choice.ranker]
            used.append(choice.proxy)
        names = {found.distribution for found in used if found is not None}
        return {p.name: p.version for p in self.host.plugins if p.name in names}

    def _arm(self, choice: Choice, context: Context, task: Task, ask: Ask) -> Arm:
        plan = choice.plan
        where = f"arm {plan.name!r}"
        selector = None
        if choice.selector is not None and plan.selector is not None and plan.shots:
            selector = build(choice.selector, plan.selector.options, context, where)

        def made(found: Registered | None, ref: Ref | None) -> Explainer | None:
            if found is None or ref is None or selector is None:
                return None
            needs = _explainer(found).needs
            given = replace(
                context,
                train=task.train if "train" in needs else (),
                ask=ask if "llm" in needs else None,
            )
            explainer: Explainer = build(found, ref.options, given, where)
            return explainer

        explainer = made(choice.explainer, plan.explainer)
        shared = explainer is not None and choice.ranker_ref == plan.explainer
        ranker = explainer if shared and choice.ranker else made(choice.ranker, choice.ranker_ref)
        needs_selector = _selector(choice.selector).needs if choice.selector else ()
        template = build(choice.template, plan.template.options, context, where)
        ranks = _template(choice.template).ranks
        if ranks and not task.labels and not all(item.options for item in task.test):
            raise PlanError(
                f"task {task.name} has open answers: there are no labels to rank", where=where
            )
        if template.max_tokens < 1:
            raise PlanError(f"max_tokens is 1 or more, not {template.max_tokens}", where=where)
        stating = template if isinstance(template, StatingTemplate) else None
        if stating is not None:
            _check_reading(stating, self.plan.run.parser, where)
        return Arm(
            name=plan.name,
            selector=selector,
            explainer=explainer,
            template=template,
            shots=plan.shots,
            keywords=plan.keywords,
            mask=plan.mask,
            proxy=proxy_name(choice) if choice.proxy else "",
            explained_by=self._told_by(choice.explainer, plan.explainer),
            ranked_by=self._told_by(choice.ranker, choice.ranker_ref),
            ranker=ranker,
            needs_scores="scores" in needs_selector,
            needs_errors="errors" in needs_selector,
            needs_proxy=choice.proxy is not None,
            reasoned=_template(choice.template).reasons,
            ranks=ranks,
            explains_foil=plan.target == "foil",
            answer_first=stating is not None and stating.answer_first,
            prefix=stating.prefix if stating is not None else "",
            per_item=choice.selector is not None and _selector(choice.selector).per_item,
            asking=tuple(
                self._told_by(found, ref)
                for found, ref in (
                    (choice.explainer, plan.explainer),
                    (choice.ranker, choice.ranker_ref),
                )
                if found is not None and "llm" in _explainer(found).needs
            ),
        )

    def _told_by(self, found: Registered | None, ref: Ref | None) -> str:
        """What tells an explainer from others: name, options, and the LLM where it asks one."""
        name = _name(found, ref)
        asks = found is not None and "llm" in _explainer(found).needs
        return f"{name}, asking {_name(self.llm, self.plan.llm)}" if asks else name


def wire(plan: Plan, host: Host, show: Progress = silent) -> Wiring:
    """Every component that the plan names, found and matched; nothing heavy is imported.

    Raises PlanError for an unknown name, an option that a component does not have, or a component
    that cannot give what another one needs.
    """
    registry = host.registry
    data = os.environ.get("AMPLIFY_DATA", "../shared/data")
    context = Context(
        seed=plan.run.seed,
        device=plan.run.device,
        cache_dir=cache_folder(),
        paths=(Path(plan.run.base), Path(data)),
        show=show,
    )
    choices = []
    for arm in plan.arms:
        template = registry.find("template", arm.template.use)
        explains = _template(template).explains
        if explains == "always" and arm.shots and arm.explainer is None:
            raise PlanError(
                f"template {template.qualified} writes rationales, but the arm has no explainer",
                where=f"arm {arm.name!r}",
                hint='for instance: explainer = "captum/midpoint"',
            )
        proxy_ref = arm.proxy or plan.proxy
        if proxy_ref.use == ITSELF:
            proxy_ref = _itself(proxy_ref, plan, registry, arm.name)
        choice = Choice(
            arm,
            template,
            registry.find("selector", arm.selector.use) if arm.selector else None,
            registry.find("explainer", arm.explainer.use)
            if arm.explainer and explains != "never"
            else None,
            None,
            None,
            proxy_ref,
        )
        choice = _with_ranker(choice, registry)
        if needs_proxy(choice, plan.survey.errors):
            choice = replace(choice, proxy=registry.find("proxy", proxy_ref.use))
        _check_offers(choice)
        choices.append(choice)
    # What no component looks at is no part of the plan.
    plan = replace(plan, arms=tuple(choice.plan for choice in choices))
    wiring = Wiring(
        plan,
        host,
        context,
        registry.find("task", plan.task.use),
        registry.find("llm", plan.llm.use),
        registry.find("executor", plan.executor.use),
        tuple(choices),
    )
    _check_ranking(wiring)
    _check_options(wiring)
    return wiring


def _itself(ref: Ref, plan: Plan, registry: Registry, arm: str) -> Ref:
    """The LLM as its own proxy, with those of its options that the proxy has too."""
    llm = registry.find("llm", plan.llm.use)
    assert isinstance(llm.component, ProviderComponent)
    if not llm.component.itself:
        raise PlanError(
            f"{llm.qualified} cannot score labels as a proxy does, so it cannot explain itself",
            where=f"arm {arm!r}",
            hint="a local model can: transformers/local, mini/local",
        )
    shared = {k: v for k, v in plan.llm.options.items() if k in ("model", "device")}
    return Ref(llm.component.itself, {**shared, **ref.options})


def _with_ranker(choice: Choice, registry: Registry) -> Choice:
    """The choice with who explains the candidates, where the arm's selector needs explanations."""
    arm = choice.plan
    needs = _selector(choice.selector).needs if choice.selector and arm.shots else ()
    if choice.selector is None or "explanations" not in needs:
        return replace(choice, plan=replace(arm, selection_explainer=None))
    if choice.ranker_ref is None:
        raise PlanError(
            f"selector {choice.selector.qualified} ranks by explanations, but the arm has no"
            " explainer",
            where=f"arm {arm.name!r}",
            hint='for instance: explainer = "captum/midpoint"',
        )
    return replace(choice, ranker=registry.find("explainer", choice.ranker_ref.use))


def needs_proxy(choice: Choice, errors: str) -> bool:
    """Whether the arm's selector or explainer asks for a proxy, if only for the proxy's errors."""
    if not choice.plan.shots:
        return False
    needs: set[str] = set()
    if choice.selector is not None:
        needs |= {*_selector(choice.selector).needs}
    needs |= explainer_needs(choice.explainer) | explainer_needs(choice.ranker)
    if "errors" in needs and errors in ("proxy", "both"):
        return True
    return bool(needs & {"scores", "explanations", *get_args(Offer)})


def explainer_needs(found: Registered | None) -> frozenset[str]:
    """What an explainer needs; nothing where there is none."""
    return frozenset(_explainer(found).needs if found else ())


def proxy_name(choice: Choice) -> str:
    """What tells the arm's proxy from others: its name and options."""
    return _name(choice.proxy, choice.proxy_ref) or choice.proxy_ref.use


def _name(found: Registered | None, ref: Ref | None) -> str:
    """A component's name and the options that it is given; empty where there is none."""
    if found is None or ref is None:
        return ""
    options = ", ".join(f"{k}={v}" for k, v in sorted(ref.options.items()))
    return f"{found.qualified} ({options})" if options else found.qualified


def _check_offers(choice: Choice) -> None:
    if choice.proxy is None:
        return
    offers = _proxy(choice.proxy).offers
    for explainer in filter(None, (choice.explainer, choice.ranker)):
        for need in _explainer(explainer).needs:
            if need in get_args(Offer) and need not in offers:
                raise PlanError(
                    f"explainer {explainer.qualified} needs a proxy that offers {need};"
                    f" {choice.proxy.qualified} offers {', '.join(offers)}",
                    where=f"arm {choice.plan.name!r}",
                )


def _layout_notes(arms: Sequence[ArmPlan]) -> list[str]:
    """What to know where arms are laid out differently, as the option `layout` has it."""
    chats = [arm.name for arm in arms if arm.template.options.get("layout") == "chat"]
    if len(chats) in (0, len(arms)):
        return []
    return [
        f"chat layout in {', '.join(chats)} alone: a comparison with another arm is one of layouts"
        " too"
    ]


def _check_reading(template: StatingTemplate, parser: str, where: str) -> None:
    """Refuse a template whose answers the published parser, to the letter, could not find."""
    if parser != "published":
        return
    if template.answer_first or not template.prefix.endswith("answer is"):
        raise PlanError(
            'parser "published" reads what follows the last "answer is"; this template states the'
            " answer elsewhere",
            where=where,
            hint='say parser = "default", or leave the template\'s `rationale` and `prefix` out',
        )


def _check_ranking(wiring: Wiring) -> None:
    """Refuse an LLM that cannot rank where a template asks for it."""
    llm = wiring.llm.component
    if isinstance(llm, ProviderComponent) and llm.ranks:
        return
    for choice in wiring.choices:
        if _template(choice.template).ranks:
            raise PlanError(
                f"template {choice.template.qualified} has labels ranked, which"
                f" {wiring.llm.qualified} cannot do",
                where=f"arm {choice.plan.name!r}",
                hint="transformers/local ranks labels; or have the answer written:"
                ' template = "answer-only"',
            )


def _check_options(wiring: Wiring) -> None:
    """All options are converted once before anything is imported."""
    from amplify.host.factory import options_of

    plan = wiring.plan
    options_of(wiring.task, plan.task.options, "[task]")
    options_of(wiring.llm, plan.llm.options, "[llm]")
    options_of(wiring.executor, plan.executor.options, "[executor]")
    for choice in wiring.choices:
        where = f"arm {choice.plan.name!r}"
        for role in ("selector", "explainer", "template"):
            found, ref = getattr(choice, role), getattr(choice.plan, role)
            if found is not None:
                options_of(found, ref.options, f"{where}, {role}")
        if choice.ranker is not None and choice.ranker_ref is not None:
            options_of(choice.ranker, choice.ranker_ref.options, f"{where}, selection_explainer")
        if choice.proxy is not None:
            options_of(choice.proxy, choice.proxy_ref.options, "[proxy]")


@dataclass
class Maker:
    """Makes a proxy. The first is made at once, so that a broken one fails before any call.

    Goes to another process without what belongs to this one: the proxy that is ready, the
    executor, the LLM, the console.
    """

    found: Registered
    ref: Ref
    context: Context
    ready: list[Proxy]

    @classmethod
    def of(cls, found: Registered, ref: Ref, context: Context) -> Maker:
        """A maker whose first product is ready."""
        return cls(found, ref, context, [build(found, ref.options, context, "[proxy]")])

    def __call__(self) -> Proxy:
        if self.ready:
            return self.ready.pop()
        made: Proxy = build(self.found, self.ref.options, self.context, "[proxy]")
        return made

    def __getstate__(self) -> dict[str, Any]:
        context = replace(self.context, executor=None, ask=None, show=silent)
        return {"found": self.found, "ref": self.ref, "context": context, "ready": []}


def _selector(found: Registered) -> SelectorComponent:
    assert isinstance(found.component, SelectorComponent)
    return found.component


def _explainer(found: Registered) -> ExplainerComponent:
    assert isinstance(found.component, ExplainerComponent)
    return found.component


def _template(found: Registered) -> TemplateComponent:
    assert isinstance(found.component, TemplateComponent)
    return found.component


def _proxy(found: Registered) -> ProxyComponent:
    assert isinstance(found.component, ProxyComponent)
    return found.component
