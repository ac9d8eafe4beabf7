"""The hook specifications. A hook returns declarations; nothing calls back into the host."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

from amplify.contract.component import (
    ExecutorComponent,
    ExplainerComponent,
    ObserverComponent,
    ProviderComponent,
    ProxyComponent,
    SelectorComponent,
    TaskComponent,
    TemplateComponent,
)

if TYPE_CHECKING:
    from amplify.contract.data import Event

PROJECT = "amplify"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def amplify_tasks() -> Iterable[TaskComponent]:
    """Declare task sources: where labelled examples come from."""
    raise NotImplementedError  # a specification has no body of its own


@hookspec
def amplify_proxies() -> Iterable[ProxyComponent]:
    """Declare proxies: small models that score the task."""
    raise NotImplementedError  # a specification has no body of its own


@hookspec
def amplify_selectors() -> Iterable[SelectorComponent]:
    """Declare selectors: rankings of the candidates for demonstration."""
    raise NotImplementedError  # a specification has no body of its own


@hookspec
def amplify_explainers() -> Iterable[ExplainerComponent]:
    """Declare explainers: attributions of the proxy's score to words."""
    raise NotImplementedError  # a specification has no body of its own


@hookspec
def amplify_templates() -> Iterable[TemplateComponent]:
    """Declare templates: rationales and the layout of the prompt."""
    raise NotImplementedError  # a specification has no body of its own


@hookspec
def amplify_providers() -> Iterable[ProviderComponent]:
    """Declare LLM providers."""
    raise NotImplementedError  # a specification has no body of its own


@hookspec
def amplify_executors() -> Iterable[ExecutorComponent]:
    """Declare executors for heavy local work."""
    raise NotImplementedError  # a specification has no body of its own


@hookspec
def amplify_observers() -> Iterable[ObserverComponent]:
    """Declare observers that a user may ask for: where a run is logged."""
    raise NotImplementedError  # a specification has no body of its own


@hookspec
def amplify_event(event: Event) -> None:
    """Observe a run: called when it has started, prepared its prompts, predicted, finished."""


ROLE_HOOKS = {
    "task": "amplify_tasks",
    "proxy": "amplify_proxies",
    "selector": "amplify_selectors",
    "explainer": "amplify_explainers",
    "template": "amplify_templates",
    "llm": "amplify_providers",
    "executor": "amplify_executors",
    "observer": "amplify_observers",
}
"""The hook that declares the components of each role."""
