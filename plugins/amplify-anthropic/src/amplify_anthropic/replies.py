"""From the body of a successful call to a completion, every field checked.

A success is not yet a reply: HTML, an error, or a message without content may come with status 200,
and the SDK passes all of it on.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw, Struct

from amplify import Completion, Failure, Usage, unusable_reply

STOPS = {
    "end_turn": "end",
    "stop_sequence": "end",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}
"""Reasons for a reply's end, in Anthropic's words and in ours."""


class Block(Struct):
    type: str
    text: str = ""


class Message(Struct):
    content: list[Block]
    stop_reason: str | None = None
    model: str | None = None
    usage: Raw = Raw(b"null")


class Tokens(Struct):
    """`input_tokens` leaves out what was read from the cache, and what was written to it."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


def read(content: bytes) -> Completion | Failure:
    """The reply in the body of a success; a Failure "invalid-reply" where there is none."""
    try:
        message = msgspec.json.decode(content, type=Message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return unusable_reply(str(error), content)
    told = message.stop_reason
    if told is None:
        return unusable_reply("it does not say why it ended, so it may be cut")
    if not message.content and told == "end_turn":
        return unusable_reply("it holds nothing")
    text = "".join(block.text for block in message.content if block.type == "text")
    stop = STOPS.get(told, told)
    note = ""
    if not text and stop == "length":
        note = "empty: all its tokens went into thinking (raise llm.thinking_tokens)"
    return Completion(text, message.model or "", stop, _usage(message.usage), note=note)


def _usage(raw: Raw) -> Usage:
    """The token counts; what cannot be read costs the count, not the reply."""
    try:
        tokens = msgspec.json.decode(raw, type=Tokens | None) or Tokens()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Usage()
    read, written = tokens.cache_read_input_tokens, tokens.cache_creation_input_tokens
    whole = None
    if tokens.input_tokens is not None:
        whole = tokens.input_tokens + (read or 0) + (written or 0)
    return Usage(whole, tokens.output_tokens, read, written)
