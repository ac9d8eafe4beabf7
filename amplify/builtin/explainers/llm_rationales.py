"""Explainers that ask the run's LLM: its own key words, its own chains (Self-AMPLIFY, Auto-CoT)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from amplify import (
    Ask,
    Claim,
    Context,
    Explanation,
    Failure,
    PluginError,
    Prompt,
    ProviderError,
    Request,
    Span,
    word_form,
    word_ranges,
)
from amplify.builtin.options import ChainOptions, PostHocOptions, TopWordsOptions

_STATED = re.compile(r"\s*[^.!?\n]*\banswer(?: is\b|:)[^\n]*\Z", re.I)


class TopWords:
    """The LLM is told the answer and names the words that matter most for it (`self-topk`)."""

    def __init__(self, options: TopWordsOptions, context: Context) -> None:
        self.options = options
        self.ask = context.ask

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> list[Explanation]:
        """The named words that stand in the text: 1, 1/2, 1/3 ... as they were named."""
        replies = ask_each(self.ask, "self-topk", claims, self._own, self.options.max_tokens)
        return [_named(claim, reply) for claim, reply in zip(claims, replies, strict=True)]

    def _own(self, claim: Claim) -> str:
        return (
            f"Q: {claim.example.text}\nThe answer is {claim.target}.\n"
            f"Which {self.options.words} words of the question matter most for this answer? List "
            "only words that stand in it, the most important first, with commas between.\nA:"
        )


class PostHocChain:
    """The LLM is told the answer and explains it (`ph-cot`)."""

    def __init__(self, options: PostHocOptions, context: Context) -> None:
        self.options = options
        self.ask = context.ask

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> list[Explanation]:
        """The explanation as it was written, but for what it says of the answer at its end."""
        replies = ask_each(self.ask, "ph-cot", claims, self._own, self.options.max_tokens)
        return [_chain(claim, r, "ph-cot") for claim, r in zip(claims, replies, strict=True)]

    def _own(self, claim: Claim) -> str:
        return (
            f"Q: {claim.example.text}\nThe answer is {claim.target}.\n"
            f"Explain in {self.options.steps} short steps why.\nA:"
        )


class ZeroShotChain:
    """The LLM reasons without being told the answer: the chains of Auto-CoT."""

    def __init__(self, options: ChainOptions, context: Context) -> None:
        self.options = options
        self.ask = context.ask

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> list[Explanation]:
        """The chain as it was written, but for the answer that it states at its end."""
        replies = ask_each(self.ask, "chain", claims, self._own, self.options.max_tokens)
        return [_chain(claim, r, "chain") for claim, r in zip(claims, replies, strict=True)]

    def _own(self, claim: Claim) -> str:
        return f"Q: {claim.example.text}\nA: {self.options.cue}"


def ask_each(
    ask: Ask | None,
    name: str,
    claims: Sequence[Claim],
    own: Callable[[Claim], str],
    max_tokens: int,
) -> list[str]:
    """The LLM's reply for each claim; ProviderError where one did not come.

    A demonstration without its rationale would be another arm's.
    """
    if ask is None:
        raise PluginError(f"explainer builtin/{name} was given no LLM to ask")
    requests = [
        Request(Prompt("", own(claim)), name, claim.example.id, max_tokens, ("\n\nQ:", "\nQ:"))
        for claim in claims
    ]
    texts = []
    for request, outcome in zip(requests, ask(requests), strict=True):
        if isinstance(outcome, Failure):
            raise ProviderError(
                f"the LLM gave no explanation of {request.item}: {outcome.message}",
                where=f"explainer builtin/{name}",
                hint="amplify run --resume asks again what failed",
            )
        texts.append(outcome.text)
    return texts


def _named(claim: Claim, reply: str) -> Explanation:
    text = claim.example.text
    places = word_ranges(text)
    first: dict[str, tuple[int, int]] = {}
    for start, end in places:
        first.setdefault(word_form(text[start:end]), (start, end))
    named = dict.fromkeys(word_form(reply[start:end]) for start, end in word_ranges(reply))
    known = [word for word in named if word in first]
    scores = {first[word]: 1 / rank for rank, word in enumerate(known, 1)}
    spans = tuple(Span(start, end, scores.get((start, end), 0.0)) for start, end in places)
    return Explanation(claim.example, claim.target, spans, method="self-topk")


def _chain(claim: Claim, reply: str, method: str) -> Explanation:
    written = _STATED.sub("", reply.rstrip())
    return Explanation(claim.example, claim.target, text=written.rstrip() or None, method=method)
