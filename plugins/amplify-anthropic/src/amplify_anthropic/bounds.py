"""How many tokens a call may take at most, read off the body that is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from amplify import MostTokens, most_prompt_tokens, text_size

TOOLS = 1_000
"""Tokens of the system prompt that the service writes itself where there are tools."""

UNBOUNDED = 1_000_000
"""Tokens of a reply whose bound `extra` has taken away, of a model whose context is not known."""


def most_tokens(body: Mapping[str, Any], context: int | None) -> MostTokens:
    """The bound of a call by its body: its bytes, as nobody else can count Anthropic's tokens.

    What the model thinks is within `max_tokens`.
    """
    told = body.get("max_tokens")
    reply = told if type(told) is int else context or UNBOUNDED
    size = text_size(json.dumps(body, ensure_ascii=False)) + (TOOLS if body.get("tools") else 0)
    return MostTokens(most_prompt_tokens(size, len(body["messages"])), reply)
