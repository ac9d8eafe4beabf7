"""The options of the explainers of this plugin. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify import option


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
