"""Build the arms of a plan: selector, explainers and template of each, and its draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from amplify.contract.context import Ask, Context
from amplify.contract.data import Task
from amplify.contract.explainer import Explainer
from amplify.contract.selector import Selector
from amplify.host.info import Registered
from amplify.loop.checked.asking import CountedAsk
from amplify.loop.checked.explainer import CheckedExplainer
from amplify.loop.checked.selector import CheckedSelector
from amplify.loop.checked.template import CheckedTemplate
from amplify.loop.data.draw_pool import draw_seed
from amplify.loop.prompt.arm import Arm, drawn_name
from amplify.run.plan.plan import Plan, Ref
from amplify.run.wiring.answering import answering_of
from amplify.run.wiring.build import build_behind
from amplify.run.wiring.choices import (
    RoleComponents,
    component_title,
    explainer_digest,
    explainer_needs,
    explainer_of,
    selector_of,
    template_of,
)
from amplify.run.wiring.compatibility import answer_mode, check_reading
from amplify.run.wiring.narrowed import narrowed


@dataclass(frozen=True)
class ArmBuilder:
    """Builds arms for one task. Each factory is called once for an arm, a selector's for each draw.

    `context` is the run's, with the labels and the instruction of the task; `ask` puts what a
    component asks to the LLM.
    """

    plan: Plan
    llm: Registered
    context: Context
    task: Task
    ask: Ask

    def draws(self, choice: RoleComponents) -> list[Arm]:
        """The draws of an arm; the arm itself where it is drawn once, or draws nothing."""
        draws = _draws_of(self.plan, choice)
        if draws == 1:
            return [self.build(choice, self._selector(choice, self.context))]
        seeds = [draw_seed(self.plan.run.seed, draw) for draw in range(1, draws + 1)]
        first, *others = (
            self._selector(choice, replace(self.context, seed=seed)) for seed in seeds
        )
        arm = self.build(choice, first)
        return [arm.drawn(draw, selector) for draw, selector in enumerate([first, *others], 1)]

    def _selector(self, choice: RoleComponents, context: Context) -> CheckedSelector | None:
        """The arm's selector, built; None where the arm shows no demonstrations."""
        plan = choice.plan
        if choice.selector is None or plan.selector is None or not plan.shots:
            return None
        counted = CountedAsk(self.ask)
        component = selector_of(choice.selector)
        return build_behind(
            CheckedSelector,
            choice.selector,
            plan.selector.options,
            replace(
                narrowed(context, component.needs, self.task, counted),
                answer=answer_mode(self.plan, choice),
            ),
            f"arm {plan.name!r}",
            (plan.name,),
            brings=component.brings,
            tries="trials" in component.needs,
            asks=counted,
        )

    def build(self, choice: RoleComponents, selector: Selector | None) -> Arm:
        """The arm with this selector, and the explainers that it needs with it."""
        plan = choice.plan
        where = f"arm {plan.name!r}"
        explainer = ranker = None
        if selector is not None:
            explainer = self._explainer(choice.explainer, plan.explainer, plan.name)
            shared = explainer is not None and choice.ranker_ref == plan.explainer
            ranker = (
                explainer
                if shared and choice.ranker
                else self._explainer(choice.ranker, choice.ranker_ref, plan.name)
            )
        viewer = explainer if explainer and choice.viewer else None
        viewer = viewer or self._explainer(choice.viewer, plan.explainer, plan.name)
        template = build_behind(
            CheckedTemplate,
            choice.template,
            plan.template.options,
            self.context,
            where,
            (plan.name,),
        )
        answering = answering_of(self.plan, choice, template, self.task)
        check_reading(template, self.plan.run.parser, where)
        component = selector_of(choice.selector) if choice.selector else None
        needs = component.needs if component else ()
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
            explained_by=self._digest(choice.explainer, plan.explainer),
            ranked_by=self._digest(choice.ranker, choice.ranker_ref),
            ranker=ranker,
            needs_scores="scores" in needs,
            needs_errors="errors" in needs,
            needs_test_scores="test-scores" in needs,
            needs_test_probabilities="test-probabilities" in needs,
            needs_features="features" in needs,
            selector_asks=not {"llm", "trials"}.isdisjoint(needs),
            selector_tries="trials" in needs,
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
            per_item=component is not None and component.per_item,
            narrows=component is not None and component.narrows,
            draws_demonstrations=choice.draws_demonstrations,
            views=template_of(choice.template).views,
            viewer=viewer,
            viewed_by=self._digest(choice.viewer, plan.explainer),
            instruction=plan.instruction,
            asking=tuple(
                self._digest(registered, ref)
                for registered, ref in (
                    (choice.explainer, plan.explainer),
                    (choice.ranker, choice.ranker_ref),
                )
                if "llm" in explainer_needs(registered)
            ),
        )

    def _explainer(
        self, registered: Registered | None, ref: Ref | None, arm: str
    ) -> Explainer | None:
        """The explainer, built; `ref` is how the plan names it, `arm` the name of the arm."""
        if registered is None or ref is None:
            return None
        context = narrowed(self.context, explainer_of(registered).needs, self.task, self.ask)
        return build_behind(
            CheckedExplainer, registered, ref.options, context, f"arm {arm!r}", (arm,)
        )

    def _digest(self, explainer: Registered | None, ref: Ref | None) -> str:
        return explainer_digest(explainer, ref, (self.llm, self.plan.llm))


def draw_names(plan: Plan, choice: RoleComponents) -> list[str]:
    """The names of the draws of an arm; its own where it is drawn once."""
    draws = _draws_of(plan, choice)
    if draws == 1:
        return [choice.plan.name]
    return [drawn_name(choice.plan.name, draw) for draw in range(1, draws + 1)]


def _draws_of(plan: Plan, choice: RoleComponents) -> int:
    return plan.draws_of(choice.plan) if choice.draws_demonstrations else 1


def build_selector(
    registered: Registered, options: Mapping[str, Any], context: Context, arm: str
) -> CheckedSelector:
    """A selector that needs no more of a run than its `context`, for the arm of this name."""
    return build_behind(CheckedSelector, registered, options, context, f"arm {arm!r}", (arm,))
