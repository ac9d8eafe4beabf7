"""Foreign values and exceptions in few words, whatever their own methods do."""

from __future__ import annotations


def brief(value: object, most: int = 60) -> str:
    """A foreign value's `repr`, cut to `most` characters; its type where that raises."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  # a foreign repr may raise anything
        text = f"a {type(value).__name__}"
    return text if len(text) <= most else text[: most - 3] + "..."


def cause(error: BaseException) -> str:
    """An exception in one line: its type and the first line of its message."""
    name = type(error).__name__
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # noqa: BLE001  # a foreign str may raise anything
        lines = []
    return f"{name}: {lines[0]}" if lines else name
