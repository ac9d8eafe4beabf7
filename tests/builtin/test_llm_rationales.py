"""Explainers that ask the LLM: what is read from its replies, and a reply that does not come."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from amplify import Claim, Completion, Context, Example, Failure, ProviderError, Request
from amplify.builtin.explainers.llm_rationales import PostHocChain, TopWords, ZeroShotChain
from amplify.builtin.explainers.options import ChainOptions, PostHocOptions, TopWordsOptions

CLAIM = Claim(Example("e", "The Naïve dog don't bark, the dog sleeps", "yes"), "yes", "no")


def context(reply: str, seen: list[Request]) -> Context:
    def ask(requests: Sequence[Request]) -> list[Completion | Failure]:
        seen.extend(requests)
        return [Completion(reply, "m") for _ in requests]

    return Context(ask=ask)


def test_named_words_count_where_they_stand_in_the_text() -> None:
    seen: list[Request] = []
    reply = '1. "DOG", cat, don\u2019t; dog and naïve'
    (found,) = TopWords(TopWordsOptions(words=3), context(reply, seen)).explain(None, [CLAIM])
    text = CLAIM.example.text
    named = sorted((-s.score, text[s.start : s.end]) for s in found.spans if s.score)
    assert named == [(-1, "dog"), (-0.5, "don't"), (-1 / 3, "Naïve")]
    assert "The answer is yes." in seen[0].prompt.text
    assert "3 words" in seen[0].prompt.text
    assert seen[0].item == "e"


@pytest.mark.parametrize(
    ("reply", "chain"),
    [
        (" Dogs sleep. So the answer is no.", " Dogs sleep."),
        ("1. One.\n2. Two.\nThe correct answer is: yes", "1. One.\n2. Two."),
        ("It is so.", "It is so."),
        ("The answer is not plain. It sleeps.\nAnswer: yes", "The answer is not plain. It sleeps."),
        ("The answer is yes.", None),
    ],
)
def test_a_chain_loses_the_answer_at_its_end(reply: str, chain: str | None) -> None:
    seen: list[Request] = []
    for made in (
        PostHocChain(PostHocOptions(), context(reply, seen)),
        ZeroShotChain(ChainOptions(), context(reply, seen)),
    ):
        (found,) = made.explain(None, [CLAIM])
        assert (found.text, found.spans, found.target) == (chain, (), "yes")
    assert ["The answer is yes" in request.prompt.text for request in seen] == [True, False]


def test_an_explanation_that_does_not_come_ends_the_run() -> None:
    failing = Context(ask=lambda requests: [Failure("timeout", "too slow") for _ in requests])
    with pytest.raises(ProviderError, match="no explanation of e: too slow"):
        TopWords(TopWordsOptions(), failing).explain(None, [CLAIM])
