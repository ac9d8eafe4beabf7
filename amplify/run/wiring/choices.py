"""Find the components that an arm names in the registry, and import none of them yet."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import get_args

from amplify.contract.component import (
    ExplainerComponent,
    Offer,
    ProviderComponent,
    ProxyComponent,
    SelectorComponent,
    TemplateComponent,
)
from amplify.contract.errors import PlanError
from amplify.host.info import Registered
from amplify.host.registry import Registry
from amplify.run.plan.plan import ArmPlan, Plan, Ref

ITSELF = "llm"
"""The proxy that an arm names to have the LLM explain itself (Self-AMPLIFY)."""


@dataclass(frozen=True)
class RoleComponents:
    """The component of each role that an arm names, looked up and not yet imported.

    `ranker` is the explainer of the candidates, where the selector needs explanations, `viewer` the
    arm's explainer, where the template shows the key words of each input. `proxy` is
    None where the arm needs none; `proxy_ref` is how the plan names the one that it would have.
    """

    plan: ArmPlan
    template: Registered
    selector: Registered | None
    explainer: Registered | None
    ranker: Registered | None
    proxy: Registered | None
    proxy_ref: Ref
    viewer: Registered | None = None

    @property
    def ranker_ref(self) -> Ref | None:
        """How the plan names the explainer of the candidates."""
        return self.plan.selection_explainer or self.plan.explainer

    @property
    def draws_demonstrations(self) -> bool:
        """Whether the arm chooses demonstrations from the pool, so that they can be drawn anew."""
        return bool(self.plan.shots and self.selector and not selector_of(self.selector).brings)

    @property
    def proxy_digest(self) -> str:
        """A digest of the proxy and its options; empty where the arm needs no proxy."""
        return component_digest(self.proxy, self.proxy_ref) if self.proxy else ""


def find_components(arm: ArmPlan, plan: Plan, registry: Registry) -> RoleComponents:
    """Look up the components that the arm names.

    Raises PlanError for an unknown name, and where the arm lacks what another of its components
    needs.
    """
    template = registry.find("template", arm.template.use)
    explains, views = template_of(template).explains, template_of(template).views
    if explains == "always" and arm.shots and arm.explainer is None:
        raise PlanError(
            f"template {template.qualified} writes rationales, but the arm has no explainer",
            where=f"arm {arm.name!r}",
            hint='for instance: explainer = "captum/midpoint"',
        )
    if views == "words" and arm.explainer is None:
        raise PlanError(
            f"template {template.qualified} shows the key words of each input, but the arm has no"
            " explainer that scores them",
            where=f"arm {arm.name!r}",
            hint='for instance: explainer = "captum/midpoint"',
        )
    proxy_ref = arm.proxy or plan.proxy
    if proxy_ref.use == ITSELF:
        proxy_ref = _itself(proxy_ref, plan, registry, arm.name)
    components = RoleComponents(
        arm,
        template,
        registry.find("selector", arm.selector.use) if arm.selector else None,
        registry.find("explainer", arm.explainer.use)
        if arm.explainer and explains != "never"
        else None,
        None,
        None,
        proxy_ref,
        registry.find("explainer", arm.explainer.use)
        if arm.explainer and views == "words"
        else None,
    )
    components = _with_ranker(components, registry)
    if needs_proxy(components, plan.survey.errors):
        components = replace(components, proxy=registry.find("proxy", proxy_ref.use))
    return components


def _itself(ref: Ref, plan: Plan, registry: Registry, arm: str) -> Ref:
    """The LLM as its own proxy, with those of its options that the proxy has too.

    `arm` is the name of the arm, for an error.
    """
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


def _with_ranker(components: RoleComponents, registry: Registry) -> RoleComponents:
    """The components with an explainer of the candidates, where the selector needs explanations."""
    arm = components.plan
    needs = selector_of(components.selector).needs if components.selector and arm.shots else ()
    if components.selector is None or "explanations" not in needs:
        return replace(components, plan=replace(arm, selection_explainer=None))
    if components.ranker_ref is None:
        raise PlanError(
            f"selector {components.selector.qualified} ranks by explanations, but the arm has no"
            " explainer",
            where=f"arm {arm.name!r}",
            hint='for instance: explainer = "captum/midpoint"',
        )
    return replace(components, ranker=registry.find("explainer", components.ranker_ref.use))


def needs_proxy(components: RoleComponents, errors: str) -> bool:
    """Whether the arm's selector or explainer needs a proxy, if only for the proxy's errors.

    `errors` says what counts as an error: see `[survey] errors`.
    """
    if template_of(components.template).views != "none":
        return True
    if not components.plan.shots:
        return False
    needs: set[str] = set()
    if components.selector is not None:
        needs |= {*selector_of(components.selector).needs}
    needs |= explainer_needs(components.explainer) | explainer_needs(components.ranker)
    if "errors" in needs and errors in ("proxy", "both"):
        return True
    return bool(needs & {"scores", "test-scores", "explanations", *get_args(Offer)})


def explainer_needs(explainer: Registered | None) -> frozenset[str]:
    """What an explainer needs; nothing where there is none."""
    return frozenset(explainer_of(explainer).needs if explainer else ())


def component_digest(component: Registered, ref: Ref, *needed: tuple[Registered, Ref]) -> str:
    """A digest of a component and the options that the plan gives it.

    Components with the same digest do the same work. `needed` are other components that this one
    works with, each with its own options: the LLM, of an explainer that asks it.
    """
    pairs = [(part.qualified, part_ref.options) for part, part_ref in ((component, ref), *needed)]
    return hashlib.sha256(json.dumps(pairs, sort_keys=True).encode()).hexdigest()


def explainer_digest(
    explainer: Registered | None, ref: Ref | None, llm: tuple[Registered, Ref]
) -> str:
    """A digest of the explainer, and of the LLM where it asks that; empty where there is none.

    `ref` is how the plan names the explainer.
    """
    if explainer is None or ref is None:
        return ""
    asks = "llm" in explainer_of(explainer).needs
    return component_digest(explainer, ref, *[llm] * asks)


def component_title(component: Registered, ref: Ref) -> str:
    """A component's name and its options, to be shown; two components may be shown alike."""
    options = ", ".join(f"{key}={value}" for key, value in sorted(ref.options.items()))
    return f"{component.qualified} ({options})" if options else component.qualified


def selector_of(registered: Registered) -> SelectorComponent:
    assert isinstance(registered.component, SelectorComponent)
    return registered.component


def explainer_of(registered: Registered) -> ExplainerComponent:
    assert isinstance(registered.component, ExplainerComponent)
    return registered.component


def template_of(registered: Registered) -> TemplateComponent:
    assert isinstance(registered.component, TemplateComponent)
    return registered.component


def proxy_of(registered: Registered) -> ProxyComponent:
    assert isinstance(registered.component, ProxyComponent)
    return registered.component
