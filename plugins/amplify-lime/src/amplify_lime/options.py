"""The options of the explainers of this plugin. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify import option


@dataclass(frozen=True, kw_only=True)
class LimeOptions:
    """What is fitted, with which regression, on how many shortened texts."""

    samples: int | None = option(
        None, help="shortened texts for each text (default: 10 for each word, at least 250)"
    )
    regression: Literal["ridge", "least-squares"] = option(
        "ridge",
        help="LIME's ridge (alpha 1), which shrinks scores by some per cent; or none of that",
    )
    repeats: Literal["apart", "together"] = option(
        "apart", help="a repeated word at each of its places, or, as LIME's own, as one feature"
    )
    kernel_width: float = option(25.0, help="how far from the text a shortened one still counts")
    of: Literal["logits", "probabilities"] = option(
        "logits", help="the proxy's output that the regression follows"
    )
    contrast: bool = option(False, help="explain the lead of the true label over the foil")

    def __post_init__(self) -> None:
        if self.samples is not None and self.samples < 2:
            raise ValueError(f"samples must be at least 2, it is {self.samples}")
        if not 0 < self.kernel_width < float("inf"):
            raise ValueError(f"kernel_width must be above 0 and finite, it is {self.kernel_width}")
