"""AMPLIFY: few-shot demonstrations with rationales from a proxy model's attributions.

The names below are what plugin authors and users of the Python API program against; importing
this package imports nothing heavy, and a name's module only when the name is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from amplify.version import __version__ as __version__

if TYPE_CHECKING:
    from amplify.contract.attribution import (
        Candidate,
        Claim,
        Demonstration,
        Explanation,
        Faithfulness,
        KeyWord,
        Parts,
        Scores,
        Selection,
        Shot,
        Span,
    )
    from amplify.contract.calls import (
        BatchStatus,
        Completion,
        Failure,
        FoundBatch,
        Limits,
        Message,
        MostTokens,
        Prompt,
        Reply,
        Request,
        Usage,
    )
    from amplify.contract.components import (
        Component,
        ExecutorComponent,
        ExplainerComponent,
        ProviderComponent,
        ProxyComponent,
        SelectorComponent,
        TaskComponent,
        TemplateComponent,
    )
    from amplify.contract.data import Dataset, Event, Example, Option, Prediction, Task
    from amplify.contract.errors import (
        AmplifyError,
        BatchGone,
        DataError,
        OptionError,
        PlanError,
        PluginError,
        ProviderError,
    )
    from amplify.contract.guard.secret import Secret
    from amplify.contract.guard.visible import shell_word
    from amplify.contract.hookspecs import hookimpl
    from amplify.contract.options import option
    from amplify.contract.progress import Progress
    from amplify.contract.providers import (
        AsyncProvider,
        BatchFinder,
        BatchProvider,
        ChatCounter,
        Provider,
        TokenBounds,
    )
    from amplify.contract.roles import (
        Ask,
        ChatTemplate,
        Context,
        EncodedBatch,
        ExecutorSource,
        Explainer,
        GradientProxy,
        LinearProxy,
        Proxy,
        RankingTemplate,
        Selector,
        StatingTemplate,
        TaskSource,
        Template,
    )
    from amplify.kit.ablation import Ablation, ablations
    from amplify.kit.address import on_this_machine, service_address
    from amplify.kit.content import Content, read_content
    from amplify.kit.exchange import exchange
    from amplify.kit.further import may_ask_again
    from amplify.kit.http_failures import (
        STUMBLES,
        BadReply,
        http_failure,
        moved,
        one_line,
        unanswered,
        unusable_reply,
    )
    from amplify.kit.label_turns import take_turns
    from amplify.kit.objective import Objective
    from amplify.kit.perturb import without
    from amplify.kit.pooling import pool_tokens
    from amplify.kit.refused_fields import refused_fields
    from amplify.kit.tls import certificates
    from amplify.kit.token_bounds import most_prompt_tokens, text_size
    from amplify.kit.words import readable_words, word_form, word_ranges

__all__ = [
    "STUMBLES",
    "Ablation",
    "AmplifyError",
    "Ask",
    "AsyncProvider",
    "BadReply",
    "BatchFinder",
    "BatchGone",
    "BatchProvider",
    "BatchStatus",
    "Candidate",
    "ChatCounter",
    "ChatTemplate",
    "Claim",
    "Completion",
    "Component",
    "Content",
    "Context",
    "DataError",
    "Dataset",
    "Demonstration",
    "EncodedBatch",
    "Event",
    "Example",
    "ExecutorComponent",
    "ExecutorSource",
    "Explainer",
    "ExplainerComponent",
    "Explanation",
    "Failure",
    "Faithfulness",
    "FoundBatch",
    "GradientProxy",
    "KeyWord",
    "Limits",
    "LinearProxy",
    "Message",
    "MostTokens",
    "Objective",
    "Option",
    "OptionError",
    "Parts",
    "PlanError",
    "PluginError",
    "Prediction",
    "Progress",
    "Prompt",
    "Provider",
    "ProviderComponent",
    "ProviderError",
    "Proxy",
    "ProxyComponent",
    "RankingTemplate",
    "Reply",
    "Request",
    "Scores",
    "Secret",
    "Selection",
    "Selector",
    "SelectorComponent",
    "Shot",
    "Span",
    "StatingTemplate",
    "Task",
    "TaskComponent",
    "TaskSource",
    "Template",
    "TemplateComponent",
    "TokenBounds",
    "Usage",
    "ablations",
    "certificates",
    "exchange",
    "hookimpl",
    "http_failure",
    "may_ask_again",
    "most_prompt_tokens",
    "moved",
    "on_this_machine",
    "one_line",
    "option",
    "pool_tokens",
    "read_content",
    "readable_words",
    "refused_fields",
    "service_address",
    "shell_word",
    "take_turns",
    "text_size",
    "unanswered",
    "unusable_reply",
    "without",
    "word_form",
    "word_ranges",
]

_HOMES = (
    "contract.components", "contract.hookspecs", "contract.options", "contract.errors",
    "kit.words", "kit.pooling", "kit.perturb", "contract.progress", "kit.objective",
    "contract.data", "contract.attribution", "contract.calls", "contract.roles",
    "contract.providers", "kit.ablation", "contract.guard.secret", "kit.address",
    "kit.http_failures", "kit.label_turns", "kit.token_bounds", "kit.exchange", "kit.tls",
    "kit.content", "kit.refused_fields", "contract.guard.visible", "kit.further",
)  # fmt: skip
"""Where the names live, the light modules first: declaring a component needs only those."""


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first asked for."""
    for home in _HOMES if name in __all__ else ():
        module = import_module(f"amplify.{home}")
        if hasattr(module, name):
            return globals().setdefault(name, getattr(module, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
