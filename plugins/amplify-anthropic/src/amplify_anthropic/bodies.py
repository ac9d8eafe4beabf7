"""From a request to the JSON body of a call, and the most tokens that the call may take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from amplify import MostTokens, Prompt, Request
from amplify.kit.token_bounds import most_prompt_tokens, text_size
from amplify_anthropic.options import AnthropicOptions

STOPS = "stop_sequences"
"""The field that may be left out: a reply is cut here in any case."""

TOOLS = 1_000
"""Tokens of the system prompt that the service writes itself where there are tools."""

UNBOUNDED = 1_000_000
"""Tokens of a reply whose bound `extra` has taken away, of a model whose context is not known."""


def body(options: AnthropicOptions, request: Request, stops: bool = True) -> dict[str, Any]:
    """The whole body of the call; `stops`: with the strings at which the reply ends."""
    fields: dict[str, Any] = {
        "model": options.model,
        "max_tokens": request.max_tokens + options.thinking_tokens,
        "messages": conversation(request.prompt, options.cache),
    }
    if spoken := system(request.prompt, options):
        fields["system"] = spoken
    # The API refuses stop sequences of white space; the reply is cut at those here.
    stops_sent = [text for text in request.stop if text.strip()]
    if stops_sent and options.send_stop and stops:
        fields[STOPS] = stops_sent
    if options.effort is not None:
        fields["output_config"] = {"effort": options.effort}
    if options.thinking is not None:
        fields["thinking"] = {"type": options.thinking}
    return fields | options.extra


def system(prompt: Prompt, options: AnthropicOptions) -> str | list[dict[str, Any]]:
    """The system message, that of the options first; marked where it is all that is shared."""
    spoken = [m.content for m in prompt.messages if m.role == "system"]
    text = "\n\n".join([*([options.system] if options.system else []), *spoken])
    if not spoken or prompt.opening > len(spoken) or options.cache == "off":
        return text
    return [marked(text, options.cache)]


def conversation(prompt: Prompt, cache: str) -> list[dict[str, Any]]:
    """The turns of user and assistant, the end of the shared ones marked for the cache."""
    if not prompt.turns:
        return [{"role": "user", "content": content(prompt, cache)}]
    turns: list[dict[str, Any]] = []
    for place, turn in enumerate(prompt.turns, 1):
        if turn.role != "system":
            ends = place == prompt.opening and cache != "off"
            text = [marked(turn.content, cache)] if ends else turn.content
            turns.append({"role": turn.role, "content": text})
    return turns


def content(prompt: Prompt, cache: str) -> list[dict[str, Any]]:
    """The shared block as a part of its own, its end marked for the cache; then the item.

    The mark stands there and not at the end of the message, where each item would write a cache
    entry that no other call can read. A block that is too short to be cached is Anthropic's matter.
    """
    if not prompt.shared.strip() or not prompt.item_part.strip():  # blank parts are refused
        return [{"type": "text", "text": prompt.text}]
    shared = {"type": "text", "text": prompt.shared}
    if cache != "off":
        shared = marked(prompt.shared, cache)
    return [shared, {"type": "text", "text": prompt.item_part}]


def marked(text: str, cache: str) -> dict[str, Any]:
    """A part of a message whose end is marked for the cache."""
    return {"type": "text", "text": text, "cache_control": {"type": "ephemeral", "ttl": cache}}


def most_tokens(body: Mapping[str, Any], context: int | None) -> MostTokens:
    """The most tokens that a call of this body may take: its bytes, as nobody else can count them.

    What the model thinks is within `max_tokens`; `context` is the model's, where it is known.
    """
    bound = body.get("max_tokens")
    reply = bound if type(bound) is int else context or UNBOUNDED
    size = text_size(json.dumps(body, ensure_ascii=False)) + (TOOLS if body.get("tools") else 0)
    return MostTokens(most_prompt_tokens(size, len(body["messages"])), reply)
