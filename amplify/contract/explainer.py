"""The role of an explainer: it attributes a proxy's score for a label to the words of a text.

A plugin declares it by `component.ExplainerComponent`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from amplify.contract.data import Example


@dataclass(frozen=True, slots=True)
class Claim:
    """What an explainer explains: why `target` rather than `foil` for this example."""

    example: Example
    target: str
    foil: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A scored stretch of the example's text, in character offsets, end exclusive."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Scored words (`spans`), or a written chain of reasoning (`text`), or both.

    A positive score speaks for `target`. `remainder` is what special tokens and punctuation got,
    so that spans and remainder add up to the whole attribution, for methods where that has a
    meaning. `unscored` counts the words that a truncated input left without a score. `gap` is set
    by methods whose attributions should add up to a change in the score: by how much of that
    change they miss it.
    """

    example: Example
    target: str
    spans: tuple[Span, ...] = ()
    text: str | None = None
    method: str = ""
    remainder: float = 0.0
    unscored: int = 0
    gap: float | None = None


class Explainer(Protocol):
    """Attributes a proxy's score for a label to the words of the text."""

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> Sequence[Explanation]:
        """One explanation for each claim, in order.

        `proxy` is a `Proxy`; a `GradientProxy` or a `LinearProxy` where the declaration needs one.
        """
