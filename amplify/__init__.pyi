"""The public names, a line each: where a name lives is read from here, at run time too."""

from .api.result import Run as Run
from .api.run import run as run
from .api.run import tune as tune
from .contract.calls import Completion as Completion
from .contract.calls import Failure as Failure
from .contract.calls import Message as Message
from .contract.calls import Prompt as Prompt
from .contract.calls import Request as Request
from .contract.calls import Usage as Usage
from .contract.component import (
    Component as Component,
)
from .contract.component import (
    ExecutorComponent as ExecutorComponent,
)
from .contract.component import (
    ExplainerComponent as ExplainerComponent,
)
from .contract.component import (
    ObserverComponent as ObserverComponent,
)
from .contract.component import (
    ProviderComponent as ProviderComponent,
)
from .contract.component import (
    ProxyComponent as ProxyComponent,
)
from .contract.component import (
    SelectorComponent as SelectorComponent,
)
from .contract.component import (
    TaskComponent as TaskComponent,
)
from .contract.component import (
    TemplateComponent as TemplateComponent,
)
from .contract.context import Ask as Ask
from .contract.context import Context as Context
from .contract.data import Event as Event
from .contract.data import Example as Example
from .contract.data import Option as Option
from .contract.data import Prediction as Prediction
from .contract.data import Task as Task
from .contract.errors import AmplifyError as AmplifyError
from .contract.errors import BatchGone as BatchGone
from .contract.errors import DataError as DataError
from .contract.errors import OptionError as OptionError
from .contract.errors import PlanError as PlanError
from .contract.errors import PluginError as PluginError
from .contract.errors import ProviderError as ProviderError
from .contract.executor import ExecutorSource as ExecutorSource
from .contract.explainer import Claim as Claim
from .contract.explainer import Explainer as Explainer
from .contract.explainer import Explanation as Explanation
from .contract.explainer import Span as Span
from .contract.grammar import counted as counted
from .contract.guard.secret import Secret as Secret
from .contract.guard.visible import shell_word as shell_word
from .contract.hookspecs import hookimpl as hookimpl
from .contract.observer import Observer as Observer
from .contract.options import option as option
from .contract.progress import Progress as Progress
from .contract.provider import AsyncProvider as AsyncProvider
from .contract.provider import BatchStatus as BatchStatus
from .contract.provider import FoundBatch as FoundBatch
from .contract.provider import Limits as Limits
from .contract.provider import MostTokens as MostTokens
from .contract.provider import Provider as Provider
from .contract.provider import Reply as Reply
from .contract.provider import SyncProvider as SyncProvider
from .contract.proxy import EncodedBatch as EncodedBatch
from .contract.proxy import FeatureProxy as FeatureProxy
from .contract.proxy import GradientProxy as GradientProxy
from .contract.proxy import LinearProxy as LinearProxy
from .contract.proxy import Parts as Parts
from .contract.proxy import Proxy as Proxy
from .contract.proxy import Scores as Scores
from .contract.selector import Candidate as Candidate
from .contract.selector import QuerySurvey as QuerySurvey
from .contract.selector import Selection as Selection
from .contract.selector import Selector as Selector
from .contract.selector import Shot as Shot
from .contract.selector import Trial as Trial
from .contract.selector import Try as Try
from .contract.suggest import did_you_mean as did_you_mean
from .contract.task import Dataset as Dataset
from .contract.task import TaskSource as TaskSource
from .contract.template import Demonstration as Demonstration
from .contract.template import Faithfulness as Faithfulness
from .contract.template import KeyWord as KeyWord
from .contract.template import ProxyView as ProxyView
from .contract.template import Template as Template
from .kit.ablation import Ablation as Ablation
from .kit.ablation import ablations as ablations
from .kit.flat import flat_values as flat_values
from .kit.flat import record_figures as record_figures
from .kit.label_turns import take_turns as take_turns
from .kit.objective import Objective as Objective
from .kit.perturb import without as without
from .kit.pooling import pool_tokens as pool_tokens
from .kit.seeded_order import seeded_key as seeded_key
from .kit.sound_pool import sound_pool as sound_pool
from .kit.words import readable_words as readable_words
from .kit.words import word_form as word_form
from .kit.words import word_ranges as word_ranges
from .run.prompt.labelling import Labelling as Labelling
from .run.prompt.load import load as load
from .run.prompt.loaded import LoadedPrompt as LoadedPrompt

__version__: str
__all__: list[str]
