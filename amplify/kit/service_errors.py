"""What a service states in bodies and headers: an error's words, and counts to be believed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

YEAR = 366 * 86400.0
"""Seconds until a limit is whole again that are believed."""

UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding a body raises: the second for bytes that are no text and for numbers of thousands
of digits, the last for brackets in brackets."""

DIGITS = 15
"""Digits of a count that are read."""


def stated_error(body: Any) -> tuple[Mapping[str, Any], str]:
    """The fields of the error in a decoded body, and what it says in words."""
    if isinstance(body, list) and body:  # some servers put the error into a list
        body = body[0]
    error: Any = body.get("error", body) if isinstance(body, Mapping) else body
    fields = error if isinstance(error, Mapping) else {}
    message = fields.get("message") or fields.get("detail") or error
    return fields, message if isinstance(message, str) else _written(message)


def kind_by_words(status: int, message: str, words: Iterable[tuple[int, str, str]]) -> str | None:
    """The kind of failure beside the status and pattern that fit; None where none does."""
    for wanted, pattern, kind in words:
        if status == wanted and re.search(pattern, message, re.IGNORECASE):
            return kind
    return None


def count(text: str | None) -> int | None:
    """A count in a header; None where it is none that can be believed."""
    return int(text) if text and text.isdecimal() and len(text) <= DIGITS else None


def wait(seconds: float | None) -> float | None:
    """The seconds until a limit is whole again; None for more than a year."""
    return seconds if seconds is not None and seconds <= YEAR else None


def _written(error: Any) -> str:
    """What an error holds in the place of a message, as text."""
    try:
        return str(error or "no reason given")
    except RecursionError:
        return "no reason that can be read"
