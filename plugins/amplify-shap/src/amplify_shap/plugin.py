"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from amplify import ExplainerComponent, hookimpl, option


@dataclass(frozen=True, kw_only=True)
class ShapOptions:
    """What is explained, and how many shortened texts it may cost."""

    evaluations: int = option(
        10, help="shortened texts for each word; never fewer than the method needs"
    )
    of: Literal["logits", "probabilities"] = option(
        "logits", help="the proxy's output that is shared out to the words"
    )
    contrast: bool = option(False, help="explain the lead of the true label over the foil")

    def __post_init__(self) -> None:
        if self.evaluations < 1:
            raise ValueError(f"evaluations must be at least 1, it is {self.evaluations}")


@hookimpl
def amplify_explainers() -> Iterator[ExplainerComponent]:
    """Three ways to Shapley values: by permutations, by regression, along a tree of the text."""
    for name, factory, summary in (
        ("permutation", "Permutation", "Shapley values from orders of the words, each both ways"),
        ("kernel", "Kernel", "Shapley values by weighted regression on sets of words"),
        ("partition", "Partition", "Owen values along the text, halved again and again"),
    ):
        yield ExplainerComponent(
            name=name,
            factory=f"amplify_shap.explainers:{factory}",
            options=ShapOptions,
            needs=("predict",),
            summary=summary,
        )
