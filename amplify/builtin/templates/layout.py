"""The layout that the built-in templates share: instruction, blocks, the item that is asked."""

from __future__ import annotations

from collections.abc import Iterable

STOP = ("\n\n", "\nQ:")
"""What ends a reply of one paragraph in a completion: the next question. A chat has turns."""

STATES = "answer is"


def join(instruction: str, blocks: Iterable[str]) -> str:
    """The instruction and the blocks with blank lines between and behind; "" for none of them."""
    return "".join(part + "\n\n" for part in (instruction, *blocks) if part)
