"""Explainers in which the LLM writes the rationale (Self-AMPLIFY and Auto-CoT)."""

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
from amplify.builtin.explainers.options import (
    ChainOptions,
    CluesOptions,
    PostHocOptions,
    TopWordsOptions,
)
from amplify.builtin.templates.carp import REASONING

_STATED_ANSWER = re.compile(r"\s*[^.!?\n]*\banswer(?: is\b|:)[^\n]*\Z", re.I)


class TopWords:
    """The LLM is told the answer and names the words that matter most for it (`self-topk`)."""

    def __init__(self, options: TopWordsOptions, context: Context) -> None:
        self.options = options
        self.ask = context.ask

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> list[Explanation]:
        """Score 1, 1/2, 1/3 … for the words of the text that the LLM names; 0 for all others."""
        replies = ask_each(self.ask, "self-topk", claims, self._question, self.options.max_tokens)
        return [_named_words(claim, reply) for claim, reply in zip(claims, replies, strict=True)]

    def _question(self, claim: Claim) -> str:
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
        """The LLM's explanation as a rationale, without a statement of the answer at its end."""
        replies = ask_each(self.ask, "ph-cot", claims, self._question, self.options.max_tokens)
        return [_chain(claim, r, "ph-cot") for claim, r in zip(claims, replies, strict=True)]

    def _question(self, claim: Claim) -> str:
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
        """The LLM's chain as a rationale, without the answer that it states at its end."""
        replies = ask_each(self.ask, "chain", claims, self._question, self.options.max_tokens)
        return [_chain(claim, r, "chain") for claim, r in zip(claims, replies, strict=True)]

    def _question(self, claim: Claim) -> str:
        return f"Q: {claim.example.text}\nA: {self.options.cue}"


class CluesAndReasoning:
    """The LLM is told the answer and finds clues for it, then reasons from them (`clues`).

    The rationales of Clue And Reasoning Prompting (Sun et al. 2023, arXiv 2305.08377): two calls
    for each example.
    """

    calls_each = 2

    def __init__(self, options: CluesOptions, context: Context) -> None:
        self.options = options
        self.ask = context.ask

    def explain(self, proxy: Any, claims: Sequence[Claim]) -> list[Explanation]:
        """The clues and, behind `Reasoning:`, the reasoning without a statement of the answer."""
        options = self.options
        found = ask_each(self.ask, "clues", claims, _ask_clues, options.clue_tokens)
        clues = {
            claim.example.id: " ".join(text.split())
            for claim, text in zip(claims, found, strict=True)
        }

        def ask_reasoning(claim: Claim) -> str:
            return _ask_reasoning(claim, clues[claim.example.id])

        reasoned = ask_each(self.ask, "clues", claims, ask_reasoning, options.max_tokens)
        return [
            _clues_and_reasoning(claim, clues[claim.example.id], reply)
            for claim, reply in zip(claims, reasoned, strict=True)
        ]


def _ask_clues(claim: Claim) -> str:
    return (
        f"Q: {claim.example.text}\nThe answer is {claim.target}.\n"
        "List the clues in the question that speak for this answer: key words, phrases, tone,"
        " references and what they imply.\nA:"
    )


def _ask_reasoning(claim: Claim, clues: str) -> str:
    return (
        f"Q: {claim.example.text}\nClues: {clues}\nThe answer is {claim.target}.\n"
        "Reason from the clues to this answer in a few sentences.\nA:"
    )


def _clues_and_reasoning(claim: Claim, clues: str, reply: str) -> Explanation:
    reasoning = " ".join(_STATED_ANSWER.sub("", reply.rstrip()).split())
    lines = [clues] * bool(clues) + [f"{REASONING} {reasoning}"] * bool(reasoning)
    return Explanation(claim.example, claim.target, text="\n".join(lines) or None, method="clues")


def ask_each(
    ask: Ask | None,
    name: str,
    claims: Sequence[Claim],
    question: Callable[[Claim], str],
    max_tokens: int,
) -> list[str]:
    """The LLM's reply for each claim; ProviderError where a call failed.

    A run does not go on without a rationale: its demonstrations would then be those of an arm that
    shows none. `ask` is the context's, None where the run has no LLM; `name` is the explainer's;
    `question` writes the prompt for a claim; a reply has at most `max_tokens`.
    """
    if ask is None:
        raise PluginError(f"explainer builtin/{name} was given no LLM to ask")
    requests = [
        Request(Prompt("", question(claim)), name, claim.example.id, max_tokens, ("\n\nQ:", "\nQ:"))
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


def _named_words(claim: Claim, reply: str) -> Explanation:
    text = claim.example.text
    words = word_ranges(text)
    first: dict[str, tuple[int, int]] = {}
    for start, end in words:
        first.setdefault(word_form(text[start:end]), (start, end))
    named = dict.fromkeys(word_form(reply[start:end]) for start, end in word_ranges(reply))
    in_text = [word for word in named if word in first]
    scores = {first[word]: 1 / rank for rank, word in enumerate(in_text, 1)}
    spans = tuple(Span(start, end, scores.get((start, end), 0.0)) for start, end in words)
    return Explanation(claim.example, claim.target, spans, method="self-topk")


def _chain(claim: Claim, reply: str, method: str) -> Explanation:
    written = _STATED_ANSWER.sub("", reply.rstrip())
    return Explanation(claim.example, claim.target, text=written.rstrip() or None, method=method)
