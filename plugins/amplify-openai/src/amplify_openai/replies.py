"""From the body of a successful call to a completion, every field checked.

A success is not yet a reply: servers send HTML, an error, no choice, or a choice without text with
status 200, and the SDK passes all of it on.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from amplify import Completion, Failure, Usage, one_line, unusable_reply

STOPS = {
    "stop": "end",
    "eos": "end",
    "eos_token": "end",
    "stop_sequence": "end",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "content_filter": "content-filter",
}
"""Reasons for a reply's end, in the words of OpenAI and of servers like it, and in ours."""

NOTHING = Raw(b"null")
T = TypeVar("T")


class Details(Struct):
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class Tokens(Struct):
    """`usage` of both APIs."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: Details | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_tokens_details: Details | None = None


class TokenScore(Struct):
    token: str
    logprob: float


class Scores(Struct):
    content: list[TokenScore] | None = None


class Message(Struct):
    content: str | None = None
    refusal: str | None = None


class Choice(Struct):
    message: Message
    finish_reason: str | None = None
    logprobs: Raw = NOTHING


class Chat(Struct):
    choices: list[Choice]
    model: str | None = None
    usage: Raw = NOTHING


class Part(Struct):
    type: str
    text: str = ""
    refusal: str = ""
    logprobs: Raw = NOTHING


class Item(Struct):
    type: str
    content: list[Part] | None = None


class Incomplete(Struct):
    reason: str | None = None


class Problem(Struct):
    message: str | None = None
    code: str | None = None


class Response(Struct):
    output: list[Item]
    status: str | None = None
    model: str | None = None
    incomplete_details: Incomplete | None = None
    error: Problem | None = None
    usage: Raw = NOTHING


def read(api: str, content: bytes, logprobs: bool = False) -> Completion | Failure:
    """The reply in the body of a success; a Failure "invalid-reply" where there is none.

    With `logprobs` their absence is noted.
    """
    try:
        if api == "chat":
            return _chat(msgspec.json.decode(content, type=Chat), logprobs)
        return _response(msgspec.json.decode(content, type=Response), logprobs)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return unusable_reply(str(error), content)


def _chat(reply: Chat, logprobs: bool) -> Completion | Failure:
    if not reply.choices:
        return unusable_reply("it holds no choice")
    choice = reply.choices[0]
    told = choice.finish_reason
    if told is None:
        return unusable_reply("it does not say why it ended, so it may be cut")
    text, stop = choice.message.content, STOPS.get(told, told)
    if choice.message.refusal:
        text, stop = choice.message.refusal, "refusal"
    scores = _decode(choice.logprobs, Scores)
    found = scores.content if scores else None
    return _completion(text, stop, reply.model, reply.usage, found, logprobs)


def _response(reply: Response, logprobs: bool) -> Completion | Failure:
    if reply.status == "failed" or reply.error is not None:
        told = reply.error or Problem()
        code = told.code or ""
        kind = "rate-limit" if code == "rate_limit_exceeded" else "server"
        return Failure(kind, one_line(f"{code}: {told.message or 'no reason given'}"), retry=True)
    if reply.status not in ("completed", "incomplete"):
        return unusable_reply(f"its status is {reply.status!r}")
    reason = (reply.incomplete_details or Incomplete()).reason
    stop = "end" if reply.status == "completed" else STOPS.get(reason or "", reason or "length")
    parts = [p for item in reply.output if item.type == "message" for p in item.content or ()]
    refusals = [part.refusal for part in parts if part.type == "refusal"]
    texts = [part for part in parts if part.type == "output_text"]
    if refusals:
        return _completion("".join(refusals), "refusal", reply.model, reply.usage, None, False)
    text = "".join(part.text for part in texts) if texts else None
    found: list[TokenScore] = []
    for part in texts:
        found += _decode(part.logprobs, list[TokenScore]) or []
    return _completion(text, stop, reply.model, reply.usage, found, logprobs)


def _completion(
    text: str | None,
    stop: str,
    model: str | None,
    usage: Raw,
    scores: list[TokenScore] | None,
    logprobs: bool,
) -> Completion | Failure:
    note = ""
    if text is None:
        if stop not in ("length", "content-filter"):
            return unusable_reply(f"it holds no text, and ended with {stop!r}")
        text = ""
    if not text and stop == "length":
        note = "empty: all its tokens went into reasoning (raise llm.reasoning_tokens)"
    elif logprobs and not scores and text:
        note = "without log-probabilities: the server gave none"
    told = tuple((score.token, score.logprob) for score in scores or ()) if logprobs else ()
    return Completion(text, model or "", stop, _usage(usage), note=note, logprobs=told)


def _usage(raw: Raw) -> Usage:
    """The token counts; what cannot be read costs the count, not the reply."""
    tokens = _decode(raw, Tokens) or Tokens()
    details = tokens.prompt_tokens_details or tokens.input_tokens_details or Details()
    given = tokens.prompt_tokens if tokens.prompt_tokens is not None else tokens.input_tokens
    made = (
        tokens.completion_tokens if tokens.completion_tokens is not None else tokens.output_tokens
    )
    return Usage(given, made, details.cached_tokens, details.cache_write_tokens)


def _decode(raw: Raw, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(raw, type=kind | None)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
