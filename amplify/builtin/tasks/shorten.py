"""Lists of names and long texts, shortened for a message."""

from __future__ import annotations

from collections.abc import Sequence


def shortened(text: str, most: int = 60) -> str:
    """The text for a message: whole, or its first `most` characters and an ellipsis."""
    return text if len(text) <= most else f"{text[:most]}…"


def first_names(names: Sequence[str], most: int = 5) -> str:
    """The first `most` names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted_names(names: Sequence[str]) -> str:
    """How many names there are, and the first of them in brackets."""
    return f"{len(names)} ({first_names(names)})"
