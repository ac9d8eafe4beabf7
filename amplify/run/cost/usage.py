"""Token counts that can be believed, and what stands in for those that cannot."""

from __future__ import annotations

from dataclasses import replace

from amplify.contract.calls import Completion, MostTokens, Usage

ABSURD = 10_000_000
"""Tokens that no call takes; where the model's context is known, that is the bound."""


def believable(done: Completion, limit: int | None = None) -> Completion:
    """The reply with counts that can be true; what cannot be is None: not known.

    A count is a whole number, 0 or more, and no more than the model's context (`limit`) holds. A
    prompt takes tokens, and so does a text that was written.
    """
    told = done.usage
    most = ABSURD if limit is None else limit
    found = _count(told, "input", most), _count(told, "output", most)
    given = found[0] or None
    said = None if found[1] == 0 and done.text and not done.logprobs else found[1]
    cached, written = (_count(told, key, most) for key in ("cached", "written"))
    if given is None or (cached or 0) + (written or 0) > given:
        cached = written = None
    sound = Usage(given, said, cached, written)
    return done if sound == told and type(told) is Usage else replace(done, usage=sound)


def _count(usage: Usage, key: str, most: int) -> int | None:
    value = getattr(usage, key, None)
    # A bool is an int, and 3.0 equals 3: neither is a count.
    return value if type(value) is int and 0 <= value <= most else None


def is_told(usage: Usage) -> bool:
    """Whether the tokens of prompt and reply are both known."""
    return usage.input is not None and usage.output is not None


def taken(usage: Usage, most: MostTokens | None) -> tuple[int | None, int | None]:
    """The tokens of prompt and reply: as told, else the most that they may be."""
    given = usage.input if usage.input is not None or most is None else most.input
    said = usage.output if usage.output is not None or most is None else most.output
    return given, said
