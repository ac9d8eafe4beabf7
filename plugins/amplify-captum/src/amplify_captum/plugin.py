"""What this plugin declares. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from amplify import ExplainerComponent, hookimpl, option


@dataclass(frozen=True, kw_only=True)
class GradientOptions:
    """Which score is derived, and how tokens become words."""

    pooling: Literal["mean", "sum", "max"] = option(
        "mean", help="a word's score from those of its tokens; max: the largest in magnitude"
    )
    of: Literal["logits", "probabilities"] = option(
        "logits", help="the proxy's output whose gradient is taken"
    )


@hookimpl
def amplify_explainers() -> Iterator[ExplainerComponent]:
    """Gradient and gradient x input, plain and contrastive."""
    for name, factory, summary in (
        ("gradient", "Gradient", "norm of the gradient at each token"),
        ("input-x-gradient", "InputXGradient", "gradient times input, signed"),
        (
            "contrastive-gradient",
            "ContrastiveGradient",
            "norm of the gradient of the true label's score less the foil's",
        ),
        (
            "contrastive-input-x-gradient",
            "ContrastiveInputXGradient",
            "gradient times input of the true label's score less the foil's, signed",
        ),
    ):
        yield ExplainerComponent(
            name=name,
            factory=f"amplify_captum.gradients:{factory}",
            options=GradientOptions,
            needs=("gradients",),
            summary=summary,
        )
