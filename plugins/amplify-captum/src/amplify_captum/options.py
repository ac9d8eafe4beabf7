"""The options of this plugin's components. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify import option

POOLING_HELP = "a word's score from those of its tokens; max: the largest in magnitude"
OF_HELP = "the proxy's output that is explained"
CONTRAST_HELP = "explain the label's score less the foil's"
BASELINE_HELP = "what the path begins with: every token of the text as padding, mask, or zeros"
PLACEHOLDER_HELP = "what stands for a removed word, as the mask token's name; empty: nothing does"

Baseline = Literal["pad", "mask", "zero"]


@dataclass(frozen=True, kw_only=True)
class GradientOptions:
    """Which score is derived, and how tokens become words."""

    pooling: Literal["mean", "sum", "max"] = option("mean", help=POOLING_HELP)
    of: Literal["logits", "probabilities"] = option("logits", help=OF_HELP)


@dataclass(frozen=True, kw_only=True)
class MidpointOptions(GradientOptions):
    """Where the path begins whose middle is derived."""

    contrast: bool = option(False, help=CONTRAST_HELP)
    baseline: Baseline = option("pad", help=BASELINE_HELP)


@dataclass(frozen=True, kw_only=True)
class IntegratedOptions(MidpointOptions):
    """How finely the path is cut."""

    nodes: int = option(16, help="gradients taken along the path")
    most: int = option(128, help="nodes are doubled up to so many while the gap is too large")
    tolerance: float = option(
        0.02, help="the largest gap between the attributions' sum and the change in the score"
    )

    def __post_init__(self) -> None:
        if not 1 <= self.nodes <= self.most:
            raise ValueError(f"nodes must be from 1 to most ({self.most}), it is {self.nodes}")
        if self.tolerance <= 0:
            raise ValueError("tolerance must be above 0")


@dataclass(frozen=True, kw_only=True)
class OcclusionOptions:
    """Which score is explained, and what stands for a word that is taken away."""

    of: Literal["logits", "probabilities"] = option("logits", help=OF_HELP)
    contrast: bool = option(False, help=CONTRAST_HELP)
    placeholder: str = option("", help=PLACEHOLDER_HELP)


@dataclass(frozen=True, kw_only=True)
class SamplingOptions(OcclusionOptions):
    """How many texts are scored."""

    evaluations: int = option(10, help="texts scored for each word")

    def __post_init__(self) -> None:
        if self.evaluations < 1:
            raise ValueError(f"evaluations must be at least 1, it is {self.evaluations}")
