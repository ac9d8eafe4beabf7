"""From the body of a successful call to a completion, every field checked.

A success is not yet a reply: HTML, an error, or a message without content may come with status 200,
and the SDK passes all of it on.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import Raw, Struct

from amplify import Completion, Failure, Usage
from amplify.kit.content import read_content
from amplify.kit.http_failures import unusable_reply
from amplify.kit.service_errors import UNREADABLE

STOPS = {
    "end_turn": "end",
    "stop_sequence": "end",
    "tool_use": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}
"""Reasons for a reply's end, in Anthropic's words and in ours."""


WHOLE = "say llm.thinking=disabled, or raise llm.thinking_tokens"
"""What helps where all of a reply is thinking."""


class Message(Struct):
    content: Raw
    stop_reason: str | None = None
    model: str | None = None
    usage: Raw = Raw(b"null")


class Tokens(Struct):
    """`input_tokens` leaves out what was read from the cache, and what was written to it."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


def read(content: bytes, tool: str = "") -> Completion | Failure:
    """The reply in the body of a success; a Failure "invalid-reply" where there is none.

    The text of a reply that calls the `tool` is what it calls it with, as JSON.
    """
    try:
        message = msgspec.json.decode(content, type=Message)
        blocks = msgspec.json.decode(message.content, type=list[dict[str, Any]])
        inputs = [block.get("input") for block in blocks if tool and _calls(block, tool)]
        if inputs:
            blocks = [{"type": "text", "text": json.dumps(inputs[0], ensure_ascii=False)}]
        parts = read_content(blocks)
    except UNREADABLE as error:
        return unusable_reply(str(error), content)
    reason = message.stop_reason
    if reason is None:
        return unusable_reply("it does not say why it ended, so it may be cut")
    if not blocks and reason == "end_turn":
        return unusable_reply("it holds nothing")
    text, stop = parts.text or "", STOPS.get(reason, reason)
    if not text and parts.others:
        return unusable_reply(parts.textless, retry=False)
    notes = []
    if not text and stop == "length":
        notes.append("empty: all its tokens went into thinking (raise llm.thinking_tokens)")
    elif not text.strip() and parts.thought and stop == "end":
        notes.append(f"empty: the whole reply is thinking ({WHOLE})")
    note = "; ".join((*notes, *parts.beside))
    return Completion(text, message.model or "", stop, _usage(message.usage), note=note)


def _calls(block: dict[str, Any], tool: str) -> bool:
    return (block.get("type"), block.get("name")) == ("tool_use", tool)


def _usage(raw: Raw) -> Usage:
    """The token counts; what cannot be read costs the count, not the reply."""
    try:
        tokens = msgspec.json.decode(raw, type=Tokens | None) or Tokens()
    except UNREADABLE:
        return Usage()
    read, written = tokens.cache_read_input_tokens, tokens.cache_creation_input_tokens
    parts = (tokens.input_tokens, read or 0, written or 0)
    # One that cannot be true takes the sum along: it would hide tokens of the others.
    whole = sum(part for part in parts if part is not None) if _counts(parts) else None
    return Usage(whole, tokens.output_tokens, read, written)


def _counts(parts: tuple[int | None, ...]) -> bool:
    return all(part is not None and part >= 0 for part in parts)
