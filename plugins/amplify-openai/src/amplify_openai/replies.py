"""From the body of a successful call to a completion, every field checked.

A success is not yet a reply: servers send HTML, an error, no choice, or a choice without text with
status 200, and the SDK passes all of it on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import msgspec
from msgspec import Raw
from msgspec.json import Decoder

from amplify import Completion, Failure, Usage
from amplify.kit.content import Content, read_content
from amplify.kit.http_failures import one_line, unusable_reply
from amplify.kit.label_logprobs import LikelyTokens
from amplify.kit.service_errors import UNREADABLE
from amplify_openai.shapes import (
    NOTHING,
    Chat,
    Details,
    Incomplete,
    Message,
    Problem,
    Response,
    Scores,
    Tokens,
    TokenScore,
)

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

EMPTY = (NOTHING, Raw(b'""'), Raw(b"[]"), Raw(b"{}"))

THOUGHTS = ("reasoning_content", "reasoning", "thinking")
"""The fields of a message in which servers put what a model thought first."""

CALLS = ("tool_calls", "function_call", "audio")
"""The fields of a message in which there is something else than text."""

WHOLE = (
    "turn the model's thinking or the server's reasoning parser off, or raise llm.reasoning_tokens;"
    " then ask anew, with another --out and --no-cache"
)
"""What helps where all of a reply counts as reasoning."""


SCORES = Decoder(Scores | None)
TOKENS = Decoder(Tokens | None)
TOKEN_SCORES = Decoder(list[TokenScore] | None)

T = TypeVar("T")


def read(api: str, content: bytes, logprobs: bool = False) -> Completion | Failure:
    """The reply in the body of a success; a Failure "invalid-reply" where there is none.

    With `logprobs` their absence is noted.
    """
    try:
        if api == "chat":
            return _chat(msgspec.json.decode(content, type=Chat), content, logprobs)
        return _response(msgspec.json.decode(content, type=Response), logprobs)
    except UNREADABLE as error:
        return unusable_reply(str(error), content)


def likely_tokens(api: str, content: bytes) -> list[LikelyTokens]:
    """The tokens of a readable reply, each with the likeliest in its place; empty without any."""
    if api == "chat":
        reply = msgspec.json.decode(content, type=Chat)
        choice = next((choice for choice in reply.choices if choice.index == 0), reply.choices[0])
        scores = _decode(choice.logprobs, SCORES)
        tokens = (scores.content if scores else None) or []
    else:
        response = msgspec.json.decode(content, type=Response)
        tokens = _token_scores(_message_parts(response))
    return [
        LikelyTokens(
            score.token,
            score.logprob,
            tuple((t.token, t.logprob) for t in _decode(score.top_logprobs, TOKEN_SCORES) or ()),
        )
        for score in tokens
    ]


def _chat(reply: Chat, content: bytes, logprobs: bool) -> Completion | Failure:
    if not reply.choices:
        return unusable_reply("it holds no choice", content)
    choice = next((choice for choice in reply.choices if choice.index == 0), reply.choices[0])
    if choice.error is not None or choice.finish_reason == "error":
        reason = (choice.error or Problem()).message or "no reason given"
        return unusable_reply(f"an error in its choice: {reason}")
    if choice.finish_reason is None:
        return unusable_reply("it does not say why it ended, so it may be cut")
    message = choice.message or Message()
    parts = read_content(msgspec.json.decode(message.content))
    if choice.message is None:
        parts = read_content(choice.text)
    calls = [name for name in CALLS if getattr(message, name) not in EMPTY]
    if message.refusal or calls:
        others = (*parts.others, *(name.rstrip("s") for name in calls))
        parts = replace(parts, refusal=message.refusal or parts.refusal, others=others)
    thought = next((name for name in THOUGHTS if getattr(message, name) not in EMPTY), "")
    scores = _decode(choice.logprobs, SCORES)
    return _completion(
        parts,
        STOPS.get(choice.finish_reason, choice.finish_reason),
        reply,
        (scores.content if scores else None) or [],
        logprobs,
        thought or ("parts of its own" if parts.thought else ""),
        len(reply.choices),
    )


def _response(reply: Response, logprobs: bool) -> Completion | Failure:
    if reply.status == "failed" or reply.error is not None:
        problem = reply.error or Problem()
        code = problem.code or ""
        kind = "rate-limit" if code == "rate_limit_exceeded" else "server"
        return Failure(
            kind, one_line(f"{code}: {problem.message or 'no reason given'}"), retry=True
        )
    if reply.status not in ("completed", "incomplete"):
        return unusable_reply(f"its status is {reply.status!r}")
    reason = (reply.incomplete_details or Incomplete()).reason
    stop = "end" if reply.status == "completed" else STOPS.get(reason or "", reason or "length")
    parts = _message_parts(reply)
    content = read_content(parts)
    calls = [item.type for item in reply.output if item.type not in ("message", "reasoning")]
    token_scores = _token_scores(parts)
    thought = "reasoning" if any(item.type == "reasoning" for item in reply.output) else ""
    if calls:
        content = replace(content, others=(*content.others, *dict.fromkeys(calls)))
    return _completion(content, stop, reply, token_scores, logprobs, thought)


def _message_parts(reply: Response) -> list[object]:
    parts: list[object] = []
    for item in reply.output:
        if item.type == "message":
            content = msgspec.json.decode(item.content)
            read_content(content)  # raises where it is none
            parts += content if isinstance(content, list) else [content] * (content is not None)
    return parts


def _token_scores(parts: list[object]) -> list[TokenScore]:
    scores: list[TokenScore] = []
    for part in parts:
        if isinstance(part, dict):
            scores += _decode(msgspec.json.encode(part.get("logprobs")), TOKEN_SCORES) or []
    return scores


def _completion(
    content: Content,
    stop: str,
    reply: Chat | Response,
    scores: list[TokenScore],
    logprobs: bool,
    thought: str,
    choices: int = 1,
) -> Completion | Failure:
    """The reply; `thought` names where its reasoning stands, where there is any."""
    usage = _usage(reply.usage)
    if content.refusal:
        return Completion(content.refusal, reply.model or "", "refusal", usage)
    text = content.text or ""
    blank = not text.strip()
    if blank and content.others:
        return unusable_reply(content.textless, retry=False)
    if content.text is None and not thought and stop not in ("length", "content-filter"):
        return unusable_reply(f"it holds no text, and ended with {stop!r}")
    notes = []
    if not text and stop == "length":
        notes.append("empty: all its tokens went into reasoning (raise llm.reasoning_tokens)")
    elif blank and thought and stop != "content-filter":
        notes.append(f"empty: the server put the whole reply into {thought} ({WHOLE})")
    elif logprobs and not scores and text:
        notes.append("without log-probabilities: the server gave none")
    notes += content.beside
    if choices > 1:
        notes.append(f"with {choices} choices, of which the first is read")
    kept = tuple((score.token, score.logprob) for score in scores) if logprobs else ()
    return Completion(text, reply.model or "", stop, usage, note="; ".join(notes), logprobs=kept)


def _usage(raw: Raw) -> Usage:
    """The token counts; what cannot be read costs the count, not the reply.

    Where they contradict each other, as many tokens count for the reply as any of them says.
    """
    tokens = _decode(raw, TOKENS) or Tokens()
    details = tokens.prompt_tokens_details or tokens.input_tokens_details or Details()
    given = tokens.prompt_tokens if tokens.prompt_tokens is not None else tokens.input_tokens
    written = (
        tokens.completion_tokens if tokens.completion_tokens is not None else tokens.output_tokens
    )
    thoughts = _reasoning(tokens.completion_tokens_details or tokens.output_tokens_details)
    if written is not None and written >= 0:
        written += thoughts if thoughts > written else 0
        if given is not None and given >= 0:
            written = max(written, _whole(tokens.total_tokens) - given)
    return Usage(given, written, details.cached_tokens, details.cache_write_tokens)


def _reasoning(details: object) -> int:
    return _whole(details.get("reasoning_tokens")) if isinstance(details, dict) else 0


def _whole(count: object) -> int:
    """A count, 0 where it is none."""
    return count if type(count) is int else 0


def _decode(raw: Raw | bytes, decoder: Decoder[T]) -> T | None:
    try:
        return decoder.decode(raw)
    except UNREADABLE:
        return None
