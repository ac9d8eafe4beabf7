"""What the bodies of successful calls look like, as far as it is read."""

from __future__ import annotations

from typing import Any

from msgspec import Raw, Struct

NOTHING = Raw(b"null")


class Details(Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class Tokens(Struct):
    """`usage` of both APIs; what only checks the counts may be of any type."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: Details | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: Details | None = None
    total_tokens: Any = None
    completion_tokens_details: Any = None
    output_tokens_details: Any = None


class TokenScore(Struct):
    token: str
    logprob: float
    top_logprobs: Raw = NOTHING


class Scores(Struct):
    content: list[TokenScore] | None = None


class Problem(Struct):
    message: str | None = None
    code: str | int | None = None


class Message(Struct):
    content: Raw = NOTHING
    refusal: str | None = None
    reasoning_content: Raw = NOTHING
    reasoning: Raw = NOTHING
    thinking: Raw = NOTHING
    tool_calls: Raw = NOTHING
    function_call: Raw = NOTHING
    audio: Raw = NOTHING


class Choice(Struct):
    """`text` is that of a completion, which some servers send for a chat completion."""

    message: Message | None = None
    text: str | None = None
    index: int | None = None
    finish_reason: str | None = None
    logprobs: Raw = NOTHING
    error: Problem | None = None


class Chat(Struct):
    choices: list[Choice]
    model: str | None = None
    usage: Raw = NOTHING


class Item(Struct):
    type: str
    content: Raw = NOTHING


class Incomplete(Struct):
    reason: str | None = None


class Response(Struct):
    output: list[Item]
    status: str | None = None
    model: str | None = None
    incomplete_details: Incomplete | None = None
    error: Problem | None = None
    usage: Raw = NOTHING
