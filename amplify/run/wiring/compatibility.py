"""Refuse components that cannot work together, before anything is imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from amplify.contract.calls import AnswerMode
from amplify.contract.component import Offer, ProviderComponent
from amplify.contract.errors import PlanError
from amplify.contract.template import Template
from amplify.host.factory import options_of
from amplify.host.info import Registered
from amplify.run.plan.plan import Plan
from amplify.run.wiring.choices import (
    RoleComponents,
    explainer_of,
    proxy_of,
    selector_of,
    template_of,
)

NOBODY = "builtin/none"
"""The LLM that answers nothing: prompts are prepared for others to answer."""


def check_offers(choice: RoleComponents) -> None:
    """Refuse an explainer that needs what the arm's proxy does not offer."""
    if choice.proxy is None:
        return
    offers = proxy_of(choice.proxy).offers
    for explainer in filter(None, (choice.explainer, choice.ranker, choice.viewer)):
        for need in explainer_of(explainer).needs:
            if need in get_args(Offer) and need not in offers:
                raise PlanError(
                    f"explainer {explainer.qualified} needs a proxy that offers {need};"
                    f" {choice.proxy.qualified} offers {', '.join(offers)}",
                    where=f"arm {choice.plan.name!r}",
                )


def check_features_offered(choice: RoleComponents, folds: int) -> None:
    """Refuse a selector that needs features where the proxy has none, or several proxies have."""
    if choice.selector is None or choice.proxy is None or not choice.plan.shots:
        return
    if "features" not in selector_of(choice.selector).needs:
        return
    offers, where = proxy_of(choice.proxy).offers, f"arm {choice.plan.name!r}"
    if "features" not in offers:
        raise PlanError(
            f"selector {choice.selector.qualified} needs a proxy that offers features;"
            f" {choice.proxy.qualified} offers {', '.join(offers)}",
            where=where,
            hint='for instance: proxy = "transformers/classifier"',
        )
    if folds:
        raise PlanError(
            f"selector {choice.selector.qualified} compares what one proxy reads of all pool items,"
            " and with folds there is a proxy for each",
            where=where,
            hint="leave [split] folds out",
        )


def check_views(choice: RoleComponents) -> None:
    """Refuse an explainer that would ask the LLM about every test item, as the key words of each
    input are those of the proxy's view."""
    if choice.viewer is not None and "llm" in explainer_of(choice.viewer).needs:
        raise PlanError(
            f"template {choice.template.qualified} shows the key words of the proxy's view of each"
            f" input, and explainer {choice.viewer.qualified} asks the LLM for them",
            where=f"arm {choice.plan.name!r}",
            hint='an explainer of the proxy, for instance: explainer = "captum/midpoint"',
        )


def check_reading(template: Template, parser: str, where: str) -> None:
    """Refuse a template whose answers the published parser would not find.

    `parser` is the one that the plan names, `where` the arm, for an error.
    """
    if parser != "published" or template.prefix is None:
        return
    if template.answer_first or not template.prefix.endswith("answer is"):
        raise PlanError(
            'parser "published" reads what follows the last "answer is"; this template states the'
            " answer elsewhere",
            where=where,
            hint='say parser = "default", or leave the template\'s `rationale` and `prefix` out',
        )


def answer_mode(plan: Plan, choice: RoleComponents) -> AnswerMode:
    """How the arm's LLM is to answer: as the arm says, else its template's declaration, else
    `[run]`."""
    declared = "rank" if template_of(choice.template).ranks else plan.run.answer
    return choice.plan.answer or declared


def check_answer_mode(plan: Plan, llm: Registered, choices: Sequence[RoleComponents]) -> None:
    """Refuse an LLM that cannot answer as an arm says."""
    assert isinstance(llm.component, ProviderComponent)
    able = {"write": True, "rank": llm.component.ranks, "complete": llm.component.completes}
    for choice in choices:
        mode = answer_mode(plan, choice)
        if able[mode]:
            continue
        by_template = choice.plan.answer is None and template_of(choice.template).ranks
        does = "ranks labels" if mode == "rank" else "ranks labels behind a rationale"
        raise PlanError(
            f"template {choice.template.qualified} has labels ranked, which {llm.qualified} cannot"
            " do"
            if by_template
            else f"answer = {mode!r}: {llm.qualified} cannot do that",
            where=f"arm {choice.plan.name!r}",
            hint=f"transformers/local {does}; or have the answer written: "
            + ('template = "answer-only"' if by_template else 'answer = "write"'),
        )


def check_answered(
    llm: Registered, survey: str, choices: Sequence[RoleComponents], raced: bool
) -> None:
    """Refuse arms that need an LLM's answers where the LLM answers nothing.

    `survey` says what counts as an error: see `[survey] errors`. `raced`: the arms are in a race.
    """
    assert isinstance(llm.component, ProviderComponent)
    if raced and llm.qualified == NOBODY:
        raise PlanError(
            f"a race is run by what the LLM answers, and {llm.qualified} answers nothing",
            where="[tune]",
            hint="name an LLM",
        )
    for choice in choices:
        if choice.selector is None or not choice.plan.shots:
            continue
        where = f"arm {choice.plan.name!r}"
        ranks = llm.component.ranks
        if not ranks and "test-probabilities" in selector_of(choice.selector).needs:
            raise PlanError(
                f"selector {choice.selector.qualified} needs to know how probable the LLM finds the"
                f" labels of test items, and {llm.qualified} ranks no labels",
                where=where,
                hint="transformers/local ranks labels; or leave the arm out",
            )
        if llm.qualified != NOBODY:
            continue
        if "errors" in selector_of(choice.selector).needs and survey in ("llm", "both"):
            raise PlanError(
                f"selector {choice.selector.qualified} looks at the LLM's errors, and"
                f" {llm.qualified} answers nothing",
                where=where,
                hint='name an LLM; without its errors, say [survey] errors = "proxy"',
            )
        if not {"llm", "trials"}.isdisjoint(selector_of(choice.selector).needs):
            raise PlanError(
                f"selector {choice.selector.qualified} asks the LLM, and {llm.qualified} answers"
                " nothing",
                where=where,
                hint="name an LLM, or a selector that asks none",
            )
        for explainer in filter(None, (choice.explainer, choice.ranker)):
            if "llm" in explainer_of(explainer).needs:
                raise PlanError(
                    f"explainer {explainer.qualified} asks the LLM, and {llm.qualified} answers"
                    " nothing",
                    where=where,
                    hint="name an LLM, or an explainer of the proxy",
                )


def check_options(
    plan: Plan,
    task: Registered,
    llm: Registered,
    executor: Registered,
    choices: Sequence[RoleComponents],
) -> None:
    """Refuse options that a component does not have, or of the wrong type.

    `choices` are the components of each arm.
    """
    options_of(task, plan.task.options, "[task]")
    options_of(llm, plan.llm.options, "[llm]")
    options_of(executor, plan.executor.options, "[executor]")
    for choice in choices:
        where = f"arm {choice.plan.name!r}"
        for role in ("selector", "explainer", "template"):
            component, ref = getattr(choice, role), getattr(choice.plan, role)
            if component is not None:
                options_of(component, ref.options, f"{where}, {role}")
        if choice.viewer is not None and choice.explainer is None and choice.plan.explainer:
            options_of(choice.viewer, choice.plan.explainer.options, f"{where}, explainer")
        if choice.ranker is not None and choice.ranker_ref is not None:
            options_of(choice.ranker, choice.ranker_ref.options, f"{where}, selection_explainer")
        if choice.proxy is not None:
            options_of(choice.proxy, choice.proxy_ref.options, "[proxy]")
