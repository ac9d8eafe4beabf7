"""The options of the built-in explainers: plain declarations that import nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amplify import option


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOneOutOptions:
    """Which score of the proxy leave-one-out explains."""

    of: Literal["logits", "probabilities"] = option(
        "logits", help="the proxy's output whose loss is measured"
    )
    contrast: bool = option(False, help="explain the lead of the true label over the foil")


@dataclass(frozen=True, slots=True, kw_only=True)
class LexiconOptions:
    """The lexicon explainer: each label's words."""

    words: dict[str, tuple[str, ...]] = option(
        help='for each label, the words that speak for it: words = { yes = ["good"] }'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CluesOptions:
    """The explainer `clues`: the lengths of its two replies."""

    clue_tokens: int = option(80, help="the most tokens that the reply with the clues may have")
    max_tokens: int = option(200, help="the most tokens that the reasoning may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopWordsOptions:
    """The explainer `self-topk`: how many words the LLM names."""

    words: int = option(5, help="how many words the LLM is asked for")
    max_tokens: int = option(60, help="the most tokens that its reply may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostHocOptions:
    """The explainer `ph-cot`: how many steps the LLM explains in."""

    steps: int = option(3, help="in how many steps the LLM is to explain")
    max_tokens: int = option(200, help="the most tokens that its reply may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainOptions:
    """The explainer `chain`: the cue, and the length of a chain."""

    cue: str = option("Let's think step by step.", help="the words that ask for a chain")
    max_tokens: int = option(400, help="the most tokens that its reply may have")
