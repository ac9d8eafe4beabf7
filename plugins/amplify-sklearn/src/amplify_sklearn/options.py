"""The options of this plugin's components. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify import option

Conformity = Literal["probability", "adaptive"]


@dataclass(frozen=True, kw_only=True)
class LinearOptions:
    """How `sklearn/linear` reads texts and how strongly it is held back."""

    ngrams: int = option(2, help="the longest run of words that counts as a feature of its own")
    min_df: int = option(1, help="the fewest training texts that a feature must stand in")
    normalise: bool = option(
        True, help="scale each text to length 1; false: dropping a word changes no other's part"
    )
    C: float = option(10.0, help="inverse strength of the L2 penalty: higher fits the data closer")

    def __post_init__(self) -> None:
        if min(self.ngrams, self.min_df) < 1:
            raise ValueError("ngrams and min_df must be at least 1")
        if not 0 < self.C < float("inf"):
            raise ValueError(f"C must be above 0 and finite, it is {self.C}")


@dataclass(frozen=True, kw_only=True)
class CoefficientsOptions:
    """Whose logit is taken apart."""

    contrast: bool = option(
        False, help="explain the lead of the true label's logit over the foil's"
    )


@dataclass(frozen=True, kw_only=True)
class SimilarOptions:
    """How many labels the neighbours have."""

    balanced: bool = option(False, help="take the labels in turn, so that each is shown as often")


@dataclass(frozen=True, kw_only=True)
class MarginalOptions(SimilarOptions):
    """What likeness to the item and unlikeness to each other are worth."""

    relevance: float = option(
        0.5,
        help="weight of likeness to the item, from 0 to 1; the rest is unlikeness to the others",
    )

    def __post_init__(self) -> None:
        if not 0 <= self.relevance <= 1:
            raise ValueError(f"relevance is from 0 to 1, not {self.relevance}")


@dataclass(frozen=True, kw_only=True)
class KMeansOptions(SimilarOptions):
    """What may stand for a cluster."""

    longest: int = option(0, help="the most words of a demonstration (Auto-CoT: 60); 0: any")

    def __post_init__(self) -> None:
        if self.longest < 0:
            raise ValueError(f"longest is 0 or more, not {self.longest}")


@dataclass(frozen=True, kw_only=True)
class ConformalOptions:
    """Which labels of an item `sklearn/conformal-labels` leaves open."""

    coverage: float = option(
        0.95, help="how often the open labels are to hold the true one, above 0 and below 1"
    )
    by: Conformity = option(
        "probability",
        help="what makes a label fit: its own probability; or, adaptive, how much likelier labels"
        " have together, which leaves more labels open where the proxy is torn",
    )

    def __post_init__(self) -> None:
        if not 0 < self.coverage < 1:
            raise ValueError(f"coverage is above 0 and below 1, not {self.coverage}")
