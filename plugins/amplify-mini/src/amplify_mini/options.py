"""The options of this plugin's components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify import option


@dataclass(frozen=True, slots=True)
class LocalOptions:
    """What can be said of the embedded model; its weights are those that the plugin ships."""

    device: str = option("auto", help="auto, cpu, cuda, cuda:1, mps")
    dtype: Literal["auto", "float32", "bfloat16"] = option(
        "auto", help="precision of the weights in memory; auto: float32 on the CPU"
    )
    batch_size: int | None = option(
        None,
        help="the most prompts that are answered side by side"
        " (default: 64; on a CPU 16 where labels are ranked, 256 where alike ones are written)",
    )
    threads: int | None = option(None, help="CPU threads of torch, for the whole process")


@dataclass(frozen=True, slots=True)
class VerbalizerOptions:
    """How the embedded model is asked for the labels' scores."""

    prompt: str = option(
        "{text}\nA: {label}", help="where the input and the label stand, {text} first"
    )
    device: str = option("auto", help="auto, cpu, cuda, cuda:1, mps")
    threads: int | None = option(None, help="CPU threads of torch, for the whole process")


@dataclass(frozen=True, slots=True)
class DispatchesOptions:
    """How many items are generated, and how long they are."""

    items: int = option(600, help="how many items to generate")
    length: Literal["short", "medium", "long"] = option("medium", help="length of a text")
