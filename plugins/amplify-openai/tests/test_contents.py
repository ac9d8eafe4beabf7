"""The forms in which servers put an answer into a reply, and what they put there instead."""

from __future__ import annotations

from typing import Any

import pytest
from known.bench import Bench
from known.openai_words import chat, response

THINKING = {"type": "thinking", "thinking": [{"type": "text", "text": "warm, so good"}]}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,xx"}}
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def text(said: Any) -> dict[str, Any]:
    return {"type": "text", "text": said}


def saying(content: Any, stop: str = "stop", **fields: Any) -> dict[str, Any]:
    """A chat completion whose message has this content and these fields."""
    body = chat(None, stop)
    body["choices"][0]["message"] = {"role": "assistant", "content": content, **fields}
    return body


@pytest.mark.parametrize(
    "content",
    [
        [text("A: good")],
        [text("A: "), text("good")],
        [THINKING, text("A: good")],
        ["A: good"],
        text("A: good"),
        [{"type": "output_text", "text": "A: good"}],
    ],
)
def test_a_content_of_parts_is_their_text(bench: Bench, content: Any) -> None:
    bench.answering(saying(content))
    reply = bench.completion()
    assert (reply.text, reply.stop, reply.note) == ("A: good", "end", "")
    assert len(bench.service.seen) == 1


def test_a_refusal_among_the_parts_is_one(bench: Bench) -> None:
    bench.answering(saying([{"type": "refusal", "refusal": "I cannot."}]))
    reply = bench.completion()
    assert (reply.text, reply.stop) == ("I cannot.", "refusal")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (saying([IMAGE]), "it holds no text, but image_url: only text can be read"),
        (saying([{"type": "\x1b[31m"}]), "it holds no text, but  [31m: only text"),
        (saying(None, "tool_calls", tool_calls=[CALL]), "no text, but tool_call: only text"),
        (saying("", "tool_calls", tool_calls=[CALL]), "no text, but tool_call: only text"),
        (saying(None, "function_call", function_call={"name": "f"}), "but function_call: only"),
        (saying(None, audio={"data": "xx", "transcript": "good"}), "no text, but audio: only"),
    ],
)
def test_what_is_no_text_is_told_and_not_asked_again(
    bench: Bench, body: dict[str, Any], told: str
) -> None:
    bench.answering(body)
    failure = bench.failure()
    assert (failure.kind, failure.retry) == ("invalid-reply", False)
    assert " ".join(told.split()) in failure.message


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (saying({"label": "good"}), "its content is an object, not a text"),
        (saying([3]), "a part of its content is a number"),
        (saying([text(None)]), "the text of a part of its content is null"),
        (saying(None), "it holds no text, and ended with 'end'"),
        (saying("good", "error"), "an error in its choice: no reason given"),
        ({**chat(), "choices": []}, "it holds no choice"),
        ({"choices": [], "error": {"message": "overloaded"}}, "success: overloaded"),
        ({**chat(), "choices": [{"delta": {"content": "good"}}]}, "does not say why it ended"),
    ],
)
def test_what_is_no_reply_is_described(bench: Bench, body: dict[str, Any], told: str) -> None:
    bench.answering(body)
    failure = bench.failure()
    assert (failure.kind, failure.retry) == ("invalid-reply", True)
    assert told in failure.message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (7, "its content is a number, not a text"),
        (True, "its content is a boolean, not a text"),
        (0, "its content is a number, not a text"),
        ({}, "its content is an object, not a text"),
        ({"A: good": "bad"}, "its content is an object, not a text"),
        ([["A: good"]], "a part of its content is a list"),
    ],
)
def test_what_is_no_content_of_a_response_is_described(
    bench: Bench, content: Any, told: str
) -> None:
    bench.answering(response(output=[{"type": "message", "content": content}]))
    failure = bench.failure(api="responses")
    assert (failure.kind, failure.retry) == ("invalid-reply", True)
    assert told in failure.message


@pytest.mark.parametrize(
    "contents",
    [["A: good"], [text("A: good")], [None, ["A: ", text("good")]], [[], "A: ", [text("good")]]],
)
def test_the_messages_of_a_response_are_its_text(bench: Bench, contents: list[Any]) -> None:
    messages = [{"type": "message", "content": content} for content in contents]
    bench.answering(response(output=messages))
    assert bench.completion(api="responses").text == "A: good"


def test_an_error_within_a_choice_is_told(bench: Bench) -> None:
    body = saying("")
    body["choices"][0] |= {"finish_reason": "error", "error": {"code": 502, "message": "gone"}}
    bench.answering(body)
    assert "an error in its choice: gone" in bench.failure().message


def test_text_beside_something_else_is_read_and_noted(bench: Bench) -> None:
    bench.answering(saying([IMAGE, text("A: good"), IMAGE]))
    reply = bench.completion()
    assert reply.text == "A: good"
    assert reply.note == "with image_url beside the text, which is not read"


def test_of_several_choices_the_first_is_read_and_noted(bench: Bench) -> None:
    body = chat("second")
    body["choices"] = [{**body["choices"][0], "index": 1}, chat("A: good")["choices"][0]]
    bench.answering(body)
    reply = bench.completion()
    assert reply.text == "A: good"
    assert reply.note == "with 2 choices, of which the first is read"


def test_a_plain_completion_is_read_too(bench: Bench) -> None:
    choice = {"index": 0, "text": "A: good", "finish_reason": "stop", "logprobs": None}
    bench.answering({**chat(), "object": "text_completion", "choices": [choice]})
    assert bench.completion().text == "A: good"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning", "thinking"])
@pytest.mark.parametrize("content", ["", "\n\n", None])
def test_a_reply_that_is_all_reasoning_is_said_to_be_so(
    bench: Bench, field: str, content: str | None
) -> None:
    bench.answering(saying(content, **{field: "So the answer is good."}))
    reply = bench.completion()
    assert (reply.text.strip(), reply.stop) == ("", "end")
    assert reply.note.startswith(f"empty: the server put the whole reply into {field} (")
    assert "reasoning parser" in reply.note
    assert "llm.reasoning_tokens" in reply.note
    bench.answering(saying(content, "length", **{field: "So the"}))
    assert "raise llm.reasoning_tokens" in bench.completion().note


def test_reasoning_beside_an_answer_is_nothing_to_tell(bench: Bench) -> None:
    bench.answering(saying("A: good", reasoning_content="warm", reasoning=""))
    assert bench.completion().note == ""
    bench.answering(saying("", reasoning_content=""))
    assert bench.completion().note == ""


def test_parts_that_are_all_reasoning(bench: Bench) -> None:
    bench.answering(saying([THINKING]))
    assert "the whole reply into parts of its own" in bench.completion().note


def test_a_response_that_is_all_reasoning(bench: Bench) -> None:
    bench.answering({**response(), "output": [{"type": "reasoning", "summary": []}]})
    reply = bench.completion(api="responses")
    assert (reply.text, reply.stop) == ("", "end")
    assert "the whole reply into reasoning" in reply.note


def test_a_response_that_calls_a_tool(bench: Bench) -> None:
    call = {"type": "function_call", "name": "f", "arguments": "{}", "content": "odd"}
    bench.answering({**response(), "output": [{"type": "reasoning", "content": []}, call]})
    failure = bench.failure(api="responses")
    assert (failure.kind, failure.retry) == ("invalid-reply", False)
    assert "it holds no text, but function_call" in failure.message
