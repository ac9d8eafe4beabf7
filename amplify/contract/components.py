"""The declarations that hooks return: a name and where to find the factory, nothing imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Factory = str | Callable[..., Any]
"""A class, or a dotted path "package.module:Name" that is imported only when a run needs it."""

Offer = Literal["predict", "gradients", "linear"]
Need = Literal["predict", "gradients", "linear", "scores", "errors", "explanations", "train", "llm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What every declaration says.

    `name` is lower-case words joined by hyphens; `options` a frozen dataclass, or its dotted path
    (None: no options), which the factory is called with, as `factory(options, context)`; `env`
    names the environment variables that the component reads.
    """

    role: ClassVar[str] = ""

    name: str
    factory: Factory
    summary: str
    options: type | str | None = None
    env: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskComponent(Component):
    """Declares a task source: the factory makes a `TaskSource`."""

    role: ClassVar[str] = "task"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyComponent(Component):
    """Declares a proxy: the factory makes a `Proxy` that can do what `offers` says.

    "gradients" is a `GradientProxy`, "linear" a `LinearProxy`. `learns`: it can do nothing before
    it was fitted on an item, so that a run without one is refused before it is built.
    """

    role: ClassVar[str] = "proxy"

    offers: tuple[Offer, ...] = ("predict",)
    learns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectorComponent(Component):
    """Declares a selector.

    `needs`: "scores" of the proxy, the "errors" of the error source, "explanations" of every
    candidate by an explainer, with what their key words are worth to the proxy. `per_item`: it
    chooses demonstrations for each test item, which then stand in that item's prompt alone.
    `brings`: it shows examples of its own, which need not be candidates.
    """

    role: ClassVar[str] = "selector"

    needs: tuple[Need, ...] = ()
    per_item: bool = False
    brings: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainerComponent(Component):
    """Declares an explainer.

    `needs`: what the proxy must offer ("predict", "gradients", "linear"), "train" for the training
    split in the context, "llm" for a handle to the run's LLM.
    """

    role: ClassVar[str] = "explainer"

    needs: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateComponent(Component):
    """Declares a template.

    `explains` says whether it writes rationales from key words: "always", so that an arm with it
    needs an explainer; "never", so that an explainer is not asked; or "optional". `reasons` says
    that its replies hold a rationale before "the answer is". `ranks` says that it has the LLM rank
    the labels rather than write: it is a `RankingTemplate`.
    """

    role: ClassVar[str] = "template"

    explains: Literal["never", "optional", "always"] = "never"
    reasons: bool = False
    ranks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderComponent(Component):
    """Declares an LLM provider: the factory makes a `Provider` or an `AsyncProvider`.

    `addresses` names those of `env` that say where its calls go; the keys among `env` are those
    whose names end in KEY, TOKEN, SECRET and the like. All that is sent with a call belongs in
    `env`: an address from a file `.env` is used only where nothing else could be sent there.

    `ranks` says that it also ranks the labels of a request. `itself` names the proxy that scores
    labels with the very same model, so that it can explain itself; it gets the LLM's `model` and
    `device`.
    """

    role: ClassVar[str] = "llm"

    ranks: bool = False
    itself: str = ""
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorComponent(Component):
    """Declares an executor: the factory makes an `ExecutorSource`."""

    role: ClassVar[str] = "executor"


ROLES: dict[str, type[Component]] = {
    kind.role: kind
    for kind in (
        TaskComponent,
        ProxyComponent,
        SelectorComponent,
        ExplainerComponent,
        TemplateComponent,
        ProviderComponent,
        ExecutorComponent,
    )
}
