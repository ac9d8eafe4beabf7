"""CARP: what the LLM is asked for the demonstrations, and the prompt that shows them."""

from __future__ import annotations

from collections.abc import Sequence

from amplify import Claim, Completion, Context, Demonstration, Example, Failure, Request
from amplify.builtin.explainers.llm_rationales import CluesAndReasoning
from amplify.builtin.explainers.options import CluesOptions
from amplify.builtin.templates.carp import TASK, Carp
from amplify.builtin.templates.options import CarpOptions

SHOWN = Example("e", "a dull day", "bad")
ITEM = Example("t", "sun at last", "")
CLAIM = Claim(SHOWN, "bad", "good")


class Llm:
    """Gives these replies, one for each round of requests."""

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.requests: list[Request] = []

    def __call__(self, requests: Sequence[Request]) -> list[Completion | Failure]:
        self.requests += requests
        reply = self.replies.pop(0)
        return [Completion(reply, "m") for _ in requests]


def explained(*replies: str) -> tuple[str | None, list[Request]]:
    llm = Llm(*replies)
    options = CluesOptions(clue_tokens=7, max_tokens=9)
    (found,) = CluesAndReasoning(options, Context(ask=llm)).explain(None, [CLAIM])
    return found.text, llm.requests


def test_the_llm_finds_clues_for_the_answer_and_reasons_from_them_in_a_second_call() -> None:
    text, asked = explained(" dull,\n grey", " Dull days are bad. So the answer is bad.")
    assert text == "dull, grey\nReasoning: Dull days are bad."
    first, second = (request.prompt.text for request in asked)
    assert first.startswith("Q: a dull day\nThe answer is bad.\nList the clues")
    assert second.startswith("Q: a dull day\nClues: dull, grey\nThe answer is bad.\nReason")
    assert [request.max_tokens for request in asked] == [7, 9]


def test_what_the_llm_leaves_out_is_left_out() -> None:
    assert explained("dull", "The answer is bad.")[0] == "dull"
    assert explained(" ", "It is dull.")[0] == "Reasoning: It is dull."
    assert explained("", "")[0] is None


def test_demonstrations_have_clues_reasoning_and_answer_and_the_item_begins_with_clues() -> None:
    template = Carp(CarpOptions(), Context())
    shown = Demonstration(SHOWN, rationale="dull, grey\nReasoning: Dull days are bad.")
    prompt = template.shared("Say.", [shown]) + template.item_part(ITEM)
    assert prompt == (
        f"Say.\n\n{TASK}\n\n"
        "Q: a dull day\nClues: dull, grey\nReasoning: Dull days are bad.\nThe answer is bad.\n\n"
        "Q: sun at last\nClues:"
    )


def test_without_demonstrations_it_is_the_zero_shot_prompt() -> None:
    template = Carp(CarpOptions(), Context())
    assert template.shared("", ()) + template.item_part(ITEM) == (
        f"{TASK}\n\nQ: sun at last\nClues:"
    )


def test_in_a_chat_the_assistant_begins_with_the_clues() -> None:
    template = Carp(CarpOptions(layout="chat"), Context())
    assert template.item_part(ITEM) == f"sun at last\n{TASK}"
    shown = Demonstration(SHOWN, rationale="dull\nReasoning: It is dull.")
    assert template.reply(shown) == "Clues: dull\nReasoning: It is dull.\nThe answer is bad."
