"""Prompts of a model with a chat template, which is used, left out or refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from amplify_transformers.generate.provider import LocalProvider
from amplify_transformers.options import LocalOptions

from amplify import Completion, Context, Message, PlanError, Prompt, Request

SHARED = "the house walked quickly under seven green lamps; " * 6 + "\n\n"
ITEMS = ["Is it rain?\nA:", "which is worse, the river or the snow and the cloud?\nA:", "no\nA:"]
CHAT = (
    "{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
NO_SYSTEM = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
)
TALK = [
    Message("system", "which is worse?"),
    Message("user", "the house walked quickly under seven green lamps " * 5),
    Message("assistant", "good"),
]


def provider(folder: str, **options: object) -> LocalProvider:
    return LocalProvider(LocalOptions(model=folder, **options), Context(device="cpu"))  # type: ignore[arg-type]  # by keyword


def requests(prompts: list[Prompt]) -> list[Request]:
    return [Request(prompt, "arm", str(i), 12) for i, prompt in enumerate(prompts)]


def answers(local: LocalProvider, prompts: list[Prompt]) -> list[Completion]:
    outcomes = dict(local.complete(requests(prompts)))
    assert all(isinstance(outcome, Completion) for outcome in outcomes.values()), outcomes
    return [outcomes[index] for index in range(len(prompts))]  # type: ignore[misc]  # asserted above


def texts(local: LocalProvider, prompts: list[Prompt]) -> list[str]:
    return [reply.text for reply in answers(local, prompts)]


def chatting(plain: str, folder: Path, template: str = CHAT) -> str:
    copy = Path(shutil.copytree(plain, folder / "chat"))
    (copy / "chat_template.jinja").write_text(template)
    return str(copy)


def test_a_chat_template_is_used_and_counted(make: Callable[..., str], tmp_path: Path) -> None:
    plain = make("llama", "causal")
    template = "{% for m in messages %}question: {{ m.content }}{% endfor %}\nanswer:"
    chat, base = provider(chatting(plain, tmp_path, template)), provider(plain)
    filled = [Prompt("", f"question: {SHARED}{item}\nanswer:") for item in ITEMS]
    assert texts(chat, [Prompt(SHARED, item) for item in ITEMS]) == texts(base, filled)
    assert chat.count_tokens("rain") > base.count_tokens("rain")


def test_a_chat_template_can_be_left_out(make: Callable[..., str], tmp_path: Path) -> None:
    plain = make("llama", "causal")
    folder = chatting(plain, tmp_path, "{{ messages[0].content }}!")
    off, on = provider(folder, chat="off"), provider(folder, chat="on")
    assert off.count_tokens("rain") == provider(plain).count_tokens("rain")
    assert on.count_tokens("rain") == off.count_tokens("rain!")
    assert on.identity != off.identity


def test_a_chat_template_that_is_not_there_cannot_be_asked_for(make: Callable[..., str]) -> None:
    with pytest.raises(PlanError, match="has no chat template"):
        provider(make("llama", "causal"), chat="on")


def conversations() -> tuple[list[Prompt], list[str]]:
    """Conversations that share their first turns, and what the chat template makes of them."""
    prompts = [Prompt.chat(TALK, [Message("user", item)]) for item in ITEMS]
    filled = [
        "".join(f"<{m.role}> {m.content}\n" for m in prompt.messages) + "<assistant>"
        for prompt in prompts
    ]
    return prompts, filled


def test_a_conversation_goes_through_the_chat_template(
    make: Callable[..., str], tmp_path: Path
) -> None:
    plain = make("llama", "causal")
    chat, base = provider(chatting(plain, tmp_path)), provider(plain)
    prompts, filled = conversations()
    replies = answers(chat, prompts)
    assert [reply.text for reply in replies] == texts(base, [Prompt("", text) for text in filled])
    for prompt, text, reply in zip(prompts, filled, replies, strict=True):
        assert chat.count_messages(prompt.messages) == base.count_tokens(text)
        assert reply.usage.input == base.count_tokens(text)


def test_conversations_share_their_first_turns_and_nothing_of_the_item(
    make: Callable[..., str], tmp_path: Path
) -> None:
    plain = make("llama", "causal")
    base = provider(plain)
    prompts, filled = conversations()
    for text, reply in zip(
        filled, answers(provider(chatting(plain, tmp_path)), prompts), strict=True
    ):
        cached = reply.usage.cached
        assert cached is not None
        assert base.count_tokens(text) - cached < 60
        assert cached >= base.count_tokens(filled[0].partition("good")[0])


@pytest.mark.parametrize("has_template", [False, True])
def test_a_conversation_needs_a_chat_template(
    make: Callable[..., str], tmp_path: Path, has_template: bool
) -> None:
    plain = make("llama", "causal")
    local = provider(chatting(plain, tmp_path), chat="off") if has_template else provider(plain)
    prompt = Prompt.chat(TALK, [Message("user", "rain?")])
    with pytest.raises(PlanError, match=r"cannot be asked in\s+the chat layout\n.*completion"):
        local.count_messages(prompt.messages)
    with pytest.raises(PlanError, match="chat layout"):
        list(local.complete(requests([prompt])))


def test_a_chat_template_that_refuses_is_quoted(make: Callable[..., str], tmp_path: Path) -> None:
    local = provider(chatting(make("llama", "causal"), tmp_path, NO_SYSTEM + CHAT))
    with pytest.raises(PlanError, match=r"refuses .*: no system role\n.*system = false"):
        local.count_messages(TALK)
    assert local.count_messages(TALK[1:]) > 0
