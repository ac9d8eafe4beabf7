"""The declarations that hooks return: a name and where the factory is, for each of the roles.

A listing of plugins imports this module and none of the roles' own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal, dataclass_transform

from amplify.contract.grammar import with_article

Factory = str | Callable[..., Any]
"""A class, or a dotted path "package.module:Name" that is imported only when a run needs it."""

Offer = Literal["predict", "gradients", "linear", "features"]
Views = Literal["none", "label", "words"]
Need = Literal[
    "predict",
    "gradients",
    "linear",
    "features",
    "scores",
    "errors",
    "explanations",
    "train",
    "llm",
    "trials",
    "test-scores",
    "test-probabilities",
]


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Declaration:
    """A record of keyword arguments alone, which a listing makes without the cost of a dataclass.

    The annotations of a subclass are its fields, as in a dataclass.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        more = [name for name, kind in cls.__annotations__.items() if "ClassVar" not in str(kind)]
        cls.FIELDS = (*cls.FIELDS, *more)

    def __init__(self, **values: Any) -> None:
        kind = type(self)
        if unknown := [name for name in values if name not in kind.FIELDS]:
            raise TypeError(f"{kind.__name__} has no field {unknown[0]!r}")
        if missing := [n for n in kind.FIELDS if n not in values and not hasattr(kind, n)]:
            raise TypeError(f"{kind.__name__} lacks its {missing[0]!r}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{with_article(type(self).__name__)} cannot be changed")

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.FIELDS)

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is type(self)
            and isinstance(other, Declaration)
            and (self._values() == other._values())
        )

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        pairs = zip(self.FIELDS, self._values(), strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in pairs)})"


class Component(Declaration):
    """What the declarations of all roles have in common.

    `name` is lower-case words joined by hyphens. `factory` is called as `factory(options,
    context)`. `options` is a frozen dataclass, or its dotted path; None: the component has no
    options. `env` names the environment variables that the component reads.
    """

    role: ClassVar[str] = ""

    name: str
    factory: Factory
    summary: str
    options: type | str | None = None
    env: tuple[str, ...] = ()


class TaskComponent(Component):
    """Declares a task source: the factory makes a `TaskSource`."""

    role: ClassVar[str] = "task"


class ProxyComponent(Component):
    """Declares a proxy: the factory makes a `Proxy` that can do what `offers` says.

    "gradients" is a `GradientProxy`, "linear" a `LinearProxy`, "features" a `FeatureProxy`.
    `learns`: it can do nothing before it was fitted on an item, so that a run without one is
    refused before it is built.
    """

    role: ClassVar[str] = "proxy"

    offers: tuple[Offer, ...] = ("predict",)
    learns: bool = False


class SelectorComponent(Component):
    """Declares a selector.

    `needs`: "scores" or "features" of the proxy, the "errors" of the error source, "explanations"
    of every candidate by an explainer, which fill `Candidate.drop`, "train" for the training split
    in the context, "llm" for a function in the context that asks the run's LLM, "trials" for a
    function that has the LLM answer pool examples with the arm's own prompt (`Try`).

    `per_item`: the selector chooses demonstrations for each test example, which then stand in that
    example's prompt alone. Such a selector may need "test-scores", those of the proxy, and
    "test-probabilities" of the labels, those of the LLM, which is asked each test example with the
    survey's prompt for them. `narrows`: the LLM is to choose among the labels of the demonstrations
    that the selector chose for the test example.
    `brings`: the selector shows examples of its own, which need not be candidates.
    """

    role: ClassVar[str] = "selector"

    needs: tuple[Need, ...] = ()
    per_item: bool = False
    narrows: bool = False
    brings: bool = False


class ExplainerComponent(Component):
    """Declares an explainer.

    `needs`: what the proxy must offer ("predict", "gradients", "linear"), "train" for the training
    split in the context, "llm" for a function in the context that asks the run's LLM.
    """

    role: ClassVar[str] = "explainer"

    needs: tuple[Need, ...] = ()


class TemplateComponent(Component):
    """Declares a template.

    `explains` says whether the template writes rationales from key words: "always", so that an arm
    with it needs an explainer; "never", so that an explainer is not asked; or "optional".
    `reasons` says that replies hold a rationale before "the answer is". `ranks` says that the LLM
    ranks the labels rather than writes a reply, in an arm that does not say how it answers.

    `views` says what the template shows of the proxy beside each input, test items included: its
    "label" with how probable that is, or the "words" that its explanation names for that label too,
    which the arm's explainer scores. An arm with such a template runs the proxy at test time.
    """

    role: ClassVar[str] = "template"

    explains: Literal["never", "optional", "always"] = "never"
    reasons: bool = False
    ranks: bool = False
    views: Views = "none"


class ProviderComponent(Component):
    """Declares an LLM provider: the factory makes a `SyncProvider` or an `AsyncProvider`.

    `addresses` names those of `env` that say where its calls go; the keys among `env` are those
    whose names end in KEY, TOKEN, SECRET and the like. All that is sent with a call belongs in
    `env`: an address from a file `.env` is used only where nothing else could be sent there.

    `ranks` says that the provider also ranks the labels of a request, `completes` that it does so
    behind a rationale too, which it writes first (`Request.writes_first`). `itself` names the proxy
    that scores labels with the very same model, so that the LLM can explain itself; that proxy gets
    the LLM's `model` and `device`.
    """

    role: ClassVar[str] = "llm"

    ranks: bool = False
    completes: bool = False
    itself: str = ""
    addresses: tuple[str, ...] = ()


class ExecutorComponent(Component):
    """Declares an executor: the factory makes an `ExecutorSource`."""

    role: ClassVar[str] = "executor"


class ObserverComponent(Component):
    """Declares an observer that a user asks for by `--log`: the factory makes an `Observer`."""

    role: ClassVar[str] = "observer"


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
        ObserverComponent,
    )
}
"""The declaration of each role."""
