"""The token counts of a reply: those that cannot be true count as unknown."""

from __future__ import annotations

from dataclasses import replace

from amplify.contract.calls import Completion, Usage
from amplify.contract.provider import MostTokens

ABSURD = 10_000_000
"""More tokens than any call takes: the bound of a count where the context size is not known."""


def believable(completion: Completion, limit: int | None = None) -> Completion:
    """The completion with each count that cannot be true replaced by None, which means unknown.

    A count is a whole number from 0 to the tokens that the model's context holds (`limit`). A
    prompt takes at least one token, and so does a reply that has text.
    """
    usage = completion.usage
    most = ABSURD if limit is None else limit
    prompt, reply = _count(usage, "input", most) or None, _count(usage, "output", most)
    if reply == 0 and completion.text and not completion.logprobs:
        reply = None
    cached, written = (_count(usage, key, most) for key in ("cached", "written"))
    if prompt is None or (cached or 0) + (written or 0) > prompt:
        cached = written = None
    sound = Usage(prompt, reply, cached, written)
    if sound == usage and type(usage) is Usage:
        return completion
    return replace(completion, usage=sound)


def _count(usage: Usage, key: str, most: int) -> int | None:
    value = getattr(usage, key, None)
    # A bool is an int, and 3.0 equals 3: neither is a count.
    return value if type(value) is int and 0 <= value <= most else None


def is_told(usage: Usage) -> bool:
    """Whether the tokens of prompt and reply are both known."""
    return usage.input is not None and usage.output is not None


def counted_tokens(usage: Usage, most: MostTokens | None) -> tuple[int | None, int | None]:
    """The tokens of prompt and reply as the provider counts them, else those of `most`."""
    prompt = usage.input if usage.input is not None or most is None else most.input
    reply = usage.output if usage.output is not None or most is None else most.output
    return prompt, reply
