"""The blocks of a message: texts are the reply, thinking is not, and the others are told."""

from __future__ import annotations

from typing import Any

import pytest
from known.anthropic_words import message
from known.bench import Bench

TEXT = {"type": "text", "text": "A: good"}
CALL = {"type": "tool_use", "id": "1", "name": "f", "input": {}}
HIDDEN = {"type": "redacted_thinking", "data": "xx"}


@pytest.mark.parametrize("content", [[HIDDEN, TEXT], [{"type": "thinking"}, TEXT], [TEXT]])
def test_thinking_is_no_part_of_the_reply(bench: Bench, content: Any) -> None:
    bench.answering(message(content=content))
    reply = bench.completion()
    assert (reply.text, reply.note) == ("A: good", "")


@pytest.mark.parametrize("content", [[CALL], [HIDDEN, CALL], [{"type": "text", "text": ""}, CALL]])
def test_a_call_of_a_tool_is_no_reply_and_not_asked_again(bench: Bench, content: Any) -> None:
    bench.answering(message(stop="tool_use", content=content))
    failure = bench.failure()
    assert (failure.kind, failure.retry) == ("invalid-reply", False)
    assert "it holds no text, but tool_use: only text can be read" in failure.message


def test_text_beside_something_else_is_read_and_noted(bench: Bench) -> None:
    bench.answering(message(content=[CALL, TEXT, {"type": "novel"}]))
    reply = bench.completion()
    assert reply.text == "A: good"
    assert reply.note == "with tool_use and novel beside the text, which is not read"


@pytest.mark.parametrize("content", [[HIDDEN], [{"type": "thinking", "thinking": "warm"}]])
def test_a_reply_that_is_all_thinking_is_said_to_be_so(bench: Bench, content: Any) -> None:
    bench.answering(message(content=content))
    reply = bench.completion()
    assert (reply.text, reply.stop) == ("", "end")
    assert reply.note.startswith("empty: the whole reply is thinking (say llm.thinking=disabled")


@pytest.mark.parametrize("stop", ["pause_turn", "some new word"])
def test_a_reason_for_the_end_that_is_not_known_is_kept(bench: Bench, stop: str) -> None:
    bench.answering(message(stop=stop))
    assert (bench.completion().text, bench.completion().stop) == ("A: good", stop)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([3], "Expected `object`, got `int`"),
        ({"type": "text", "text": "A"}, "Expected `array`, got `object`"),
        ([{"type": "text"}], "the text of a part of its content is null"),
    ],
)
def test_what_is_no_reply_is_described(bench: Bench, content: Any, told: str) -> None:
    bench.answering(message(content=content))
    failure = bench.failure()
    assert (failure.kind, failure.retry) == ("invalid-reply", True)
    assert told in failure.message
