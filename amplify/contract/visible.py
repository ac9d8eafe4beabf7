"""Foreign text made safe for a terminal."""

from __future__ import annotations


def visible(text: object) -> str:
    """`text` with every character that is not printable shown as its escape, e.g. `\\x1b`.

    So nothing that a plugin, a data file or an LLM wrote moves the cursor, changes colours or
    turns the direction of writing. Line breaks count as not printable.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii")
        for char in str(text)
    )
