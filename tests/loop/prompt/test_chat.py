"""Chat: the messages of an arm's prompts, and what stays as it was in the completion layout."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from amplify import Context, Demonstration, Example, Message, PluginError, Prompt, Request
from amplify.builtin.templates.key_words import key_words_template
from amplify.builtin.templates.options import ChainOfThoughtOptions, KeyWordsOptions, PromptOptions
from amplify.builtin.templates.qa import AnswerOnly, ChainOfThought
from amplify.loop.prompt.arm import Arm, PreparedArm
from amplify.loop.prompt.render import prompts
from amplify.run.engine.request_key import request_key

ITEMS = [Example("t1", "And?", "SECRET"), Example("t2", "Or?", "SECRET")]
SHOWN = (
    Demonstration(Example("a", "Which?", "(b)"), rationale="As it is."),
    Demonstration(Example("b", "What?", "(a)"), rationale="\nLook.\n\nSo the answer is"),
)


def arm(template: Any) -> Arm:
    return Arm("arm", None, None, template, 2, 5, ())


def made(
    template: Any, shown: tuple[Demonstration, ...] = SHOWN, instruction: str = "Do.", **more: Any
) -> list[Prompt]:
    return prompts(arm(template), PreparedArm("arm", instruction, shown, **more), ITEMS)


def said(prompt: Prompt) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in prompt.messages]


ANSWERS = [("user", "Which?"), ("assistant", "(b)"), ("user", "What?"), ("assistant", "(a)")]


@pytest.mark.parametrize(
    ("shown", "instruction", "system", "wanted", "opening"),
    [
        (2, "Do.", True, [("system", "Do."), *ANSWERS, ("user", "And?")], 5),
        (2, "Do.", False, [("user", "Do.\n\nWhich?"), *ANSWERS[1:], ("user", "And?")], 4),
        (2, "", True, [*ANSWERS, ("user", "And?")], 4),
        (2, "", False, [*ANSWERS, ("user", "And?")], 4),
        (0, "Do.", True, [("system", "Do."), ("user", "And?")], 1),
        (0, "Do.", False, [("user", "Do.\n\nAnd?")], 0),
        (0, "", True, [("user", "And?")], 0),
    ],
)
def test_instruction_demonstrations_item(
    shown: int, instruction: str, system: bool, wanted: list[tuple[str, str]], opening: int
) -> None:
    template = AnswerOnly(PromptOptions(layout="chat", system=system), Context())
    first, second = made(template, SHOWN[:shown], instruction)
    assert said(first) == wanted
    assert first.opening == second.opening == opening
    assert first.turns[:opening] == second.turns[:opening]
    assert first.shared == second.shared
    assert "SECRET" not in first.text
    # The text is what a reader is shown: the same messages, each behind its role.
    assert first.text == "\n\n".join(f"{role}: {content}" for role, content in wanted)


def test_an_items_own_demonstrations_stand_in_its_own_turns() -> None:
    chosen = {"t1": (0, 1), "t2": (1,)}
    template = AnswerOnly(PromptOptions(layout="chat"), Context())
    first, second = made(template, chosen=chosen)
    assert said(first) == [("system", "Do."), *ANSWERS[2:], *ANSWERS[:2], ("user", "And?")]
    assert said(second) == [("system", "Do."), *ANSWERS[2:], ("user", "Or?")]
    # Both items begin with the second demonstration, which so belongs to the shared block.
    assert first.opening == second.opening == 3
    template = AnswerOnly(PromptOptions(layout="chat", system=False), Context())
    first, second = made(template, chosen=chosen)
    assert said(first)[0] == ("user", "Do.\n\nWhat?")
    assert said(second)[0] == ("user", "Do.\n\nWhat?")
    assert first.opening == second.opening == 2
    first, second = made(template, chosen={"t1": (0,), "t2": (1,)})
    assert first.opening == second.opening == 0


@pytest.mark.parametrize(
    ("place", "replies"),
    [
        ("before", ["As it is. The answer is (b).", "Look.\n\nSo the answer is (a)."]),
        ("after", ["The answer is (b). As it is.", "The answer is (a). Look."]),
    ],
)
def test_key_words_in_a_chat(place: Literal["before", "after"], replies: list[str]) -> None:
    template = key_words_template(KeyWordsOptions(layout="chat", rationale=place), Context())
    assert template.stop == ()
    turns = [turn for turn in said(made(template)[0]) if turn[0] == "assistant"]
    assert [content for _, content in turns] == replies


def test_a_chain_in_a_chat() -> None:
    template = ChainOfThought(ChainOfThoughtOptions(layout="chat"), Context())
    cue = "Let's think step by step."
    assert template.stop == ()
    assert said(made(template)[0]) == [
        ("system", "Do."),
        ("user", f"Which?\n{cue}"),
        ("assistant", "As it is. So the answer is (b)."),
        ("user", f"What?\n{cue}"),
        ("assistant", "Look.\n\nSo the answer is (a)."),
        ("user", f"And?\n{cue}"),
    ]


def test_the_key_covers_the_messages_and_is_as_it_was_for_texts() -> None:
    def key(prompt: Prompt, apart: bool = False) -> str:
        return request_key(Request(prompt, "a", "i", 10, ("\n\n",)), {"provider": "p"}, apart)

    # As keys were before there were conversations: old journals and caches stay valid.
    assert key(Prompt("S\n\n", "Q: x\nA:")) == (
        "69a5c129ce3f6d74cd5b1dee56365572797619f580b338d034c979f2b451a918"
    )
    assert key(Prompt("S\n\n", "Q: x\nA:"), True) == (
        "daff058511dc57e9f6ccc592091c049e007ff3e7cde30f74fb3f15e92cbca754"
    )
    talk = [Message("user", "q"), Message("assistant", "a")]
    asked = [Message("user", "x")]
    prompts = [
        Prompt.chat(talk, asked),
        Prompt.chat([Message("system", "q"), talk[1]], asked),
        Prompt.chat(talk, [Message("user", "y")]),
        Prompt.chat([], asked),
        Prompt("", Prompt.chat(talk, asked).text),
    ]
    assert len({key(prompt) for prompt in prompts}) == len(prompts)
    # Where the shared block ends counts only where it is sent apart.
    parted = Prompt.chat(talk[:1], [talk[1], *asked])
    assert key(parted) == key(prompts[0])
    assert key(parted, True) != key(prompts[0], True)
    # One message of a user is one message, whichever layout wrote it.
    assert key(Prompt.chat([], [Message("user", "x")])) == key(Prompt("", "x"))


def test_the_same_block_with_another_question() -> None:
    talk = [Message("user", "q"), Message("assistant", "a")]
    asked = Prompt.chat(talk, [Message("user", "x")])
    assert asked.asking("y") == Prompt.chat(talk, [Message("user", "y")])
    assert Prompt("S", "x").asking("y") == Prompt("S", "y")


class Whole(AnswerOnly):
    """A template that lays its conversations out itself."""

    def opening(self, instruction: str | None, demonstrations: Any) -> list[Message]:
        told = [Message("system", f"<{instruction}>")] if instruction is not None else []
        shown = [
            Message("assistant", f"{d.example.text} {d.example.label}") for d in demonstrations
        ]
        return [*told, *shown]

    def last_turn(self, example: Example) -> str:
        return f"Now: {example.text}{example.label}"


def test_a_template_may_lay_a_conversation_out_itself() -> None:
    template = Whole(PromptOptions(layout="chat"), Context())
    first, second = made(template)
    shown = [("assistant", "Which? (b)"), ("assistant", "What? (a)")]
    assert said(first) == [("system", "<Do.>"), *shown, ("user", "Now: And?")]
    assert said(second) == [("system", "<Do.>"), *shown, ("user", "Now: Or?")]
    assert first.opening == second.opening == 3
    first, second = made(template, chosen={"t1": (0, 1), "t2": ()})
    assert said(first) == [("system", "<Do.>"), *shown[::-1], ("user", "Now: And?")]
    assert said(second) == [("system", "<Do.>"), ("user", "Now: Or?")]
    assert first.opening == second.opening == 1


@pytest.mark.parametrize(
    ("turns", "told"),
    [
        (None, "what opening returns is None, no list"),
        (["hello"], "a message is 'hello', no Message"),
        ([Message("robot", "x")], "a message's role is 'robot', none of system, user, assistant"),  # type: ignore[arg-type]  # what is refused
        ([Message("user", 3)], "a message is 3, no text"),  # type: ignore[arg-type]  # what is refused
    ],
)
def test_an_opening_is_checked(turns: Any, told: str) -> None:
    template = Whole(PromptOptions(layout="chat"), Context())
    template.opening = lambda instruction, demonstrations: turns  # type: ignore[method-assign]  # a broken template
    with pytest.raises(PluginError, match=told):
        made(template)
