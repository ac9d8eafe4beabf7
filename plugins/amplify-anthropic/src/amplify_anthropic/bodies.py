"""From a request to the JSON body of a call."""

from __future__ import annotations

from typing import Any

from amplify import Prompt, Request
from amplify_anthropic.options import AnthropicOptions


def body(options: AnthropicOptions, request: Request) -> dict[str, Any]:
    """The whole body of the call."""
    made: dict[str, Any] = {
        "model": options.model,
        "max_tokens": request.max_tokens + options.thinking_tokens,
        "messages": [{"role": "user", "content": content(request.prompt, options.cache)}],
    }
    if options.system:
        made["system"] = options.system
    # The API refuses stop sequences of white space; the reply is cut at those here.
    stops = [text for text in request.stop if text.strip()]
    if stops:
        made["stop_sequences"] = stops
    if options.effort is not None:
        made["output_config"] = {"effort": options.effort}
    if options.thinking is not None:
        made["thinking"] = {"type": options.thinking}
    return made | options.extra


def content(prompt: Prompt, cache: str) -> list[dict[str, Any]]:
    """The shared block as a part of its own, its end marked for the cache; then the item.

    The mark stands there and not at the end of the message, where each item would write a cache
    entry that no other call can read. A block that is too short to be cached is Anthropic's matter.
    """
    if not prompt.shared.strip() or not prompt.own.strip():  # blank parts are refused
        return [{"type": "text", "text": prompt.text}]
    shared: dict[str, Any] = {"type": "text", "text": prompt.shared}
    if cache != "off":
        shared["cache_control"] = {"type": "ephemeral", "ttl": cache}
    return [shared, {"type": "text", "text": prompt.own}]
