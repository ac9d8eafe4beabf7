"""What the built-in templates share: how blocks are joined, and what ends a reply."""

from __future__ import annotations

from collections.abc import Iterable

STOP = ("\n\n", "\nQ:")
"""The stop strings of a reply of one paragraph. A chat needs none: its turns end replies."""

STATES = "answer is"


def join(instruction: str, blocks: Iterable[str]) -> str:
    """The instruction and the blocks, each followed by a blank line; "" where all are empty."""
    return "".join(part + "\n\n" for part in (instruction, *blocks) if part)
