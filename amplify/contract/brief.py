"""Foreign values and exceptions in few words, whatever their own methods do."""

from __future__ import annotations

from amplify.contract.secret import scrubbed

MOST = 500
"""Characters of what an exception says that are shown."""


def brief(value: object, most: int = 60) -> str:
    """A foreign value's `repr`, cut to `most` characters; its type where that raises.

    Keys are taken out before it is cut.
    """
    try:
        text = scrubbed(repr(value))
    except Exception:  # noqa: BLE001  # a foreign repr may raise anything
        text = f"a {type(value).__name__}"
    return text if len(text) <= most else text[: most - 3] + "..."


def cause(error: BaseException) -> str:
    """An exception in one line: its type and the first of its message, cut and without keys."""
    name = type(error).__name__
    try:
        lines = scrubbed(str(error)).strip().splitlines()
    except Exception:  # noqa: BLE001  # a foreign str may raise anything
        lines = []
    return f"{name}: {lines[0][:MOST]}" if lines else name
