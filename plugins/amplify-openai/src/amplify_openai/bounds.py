"""How many tokens a call may take at most, read off the body that is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from amplify import MostTokens
from amplify.kit.token_bounds import most_prompt_tokens, text_size

BOUNDS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
"""The fields that bound a reply, what the model thinks before it included."""

SAMPLES = ("n", "best_of")
"""Fields that have several replies written, and paid for."""

KNOWN = ("messages", "input", "instructions", "stop", "include")
"""Fields that are counted as texts, or that no model reads; others may be tools or a schema."""

UNBOUNDED = 1_000_000
"""Tokens of a reply whose bound `extra` has taken away, of a model whose context is not known."""


def most_tokens(
    body: Mapping[str, Any],
    context: int | None,
    count: Callable[[str], int | None],
    bound: str = BOUNDS[0],
) -> MostTokens:
    """The bound of a call by its body, in which the reply's own may also be called `bound`.

    `count` is the model's tokenizer, which says None where there is none: then every byte of the
    body is taken for a token, whatever is in it.
    """
    bounds = [body[name] for name in (*BOUNDS, bound) if type(body.get(name)) is int]
    times = max([body[name] for name in SAMPLES if type(body.get(name)) is int], default=1)
    reply = max(bounds, default=context or UNBOUNDED) * max(1, times)
    texts, messages = _texts(body)
    counts = [count(text) for text in texts]
    known = [number for number in counts if number is not None]
    if len(known) < len(counts) or not counts:
        size = text_size(json.dumps(body, ensure_ascii=False))
    else:
        more = {k: v for k, v in body.items() if k not in KNOWN and isinstance(v, dict | list)}
        size = sum(known) + (text_size(json.dumps(more, ensure_ascii=False)) if more else 0)
    return MostTokens(most_prompt_tokens(size, messages), reply)


def _texts(body: Mapping[str, Any]) -> tuple[list[str], int]:
    """The texts of the messages, and how many messages there are."""
    turns = body.get("messages", body.get("input", ()))
    instructions = [str(body["instructions"])] if body.get("instructions") else []
    texts = list(instructions)
    turns = turns if isinstance(turns, list | tuple) else [turns]
    for turn in turns:
        content = turn.get("content", "") if isinstance(turn, Mapping) else str(turn)
        parts = content if isinstance(content, list) else [{"text": content}]
        texts += [str(part.get("text", "")) for part in parts if isinstance(part, Mapping)]
    return texts, len(instructions) + len(turns)
