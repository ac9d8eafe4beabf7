"""Read the label of a reply, as the tests of readings ask for it."""

from __future__ import annotations

from typing import Any

from amplify.loop.answer.parse import read_reply

LETTERS = ("(A)", "(B)", "(C)")
YESNO = ("Yes", "No")
VALID = ("valid", "invalid")
MOODS = ("very positive", "positive", "not positive")
CLUES = "The key words: a, no, (a), c, and yes are important clues to predict (b)"


def parse(reply: str, labels: tuple[str, ...], *settings: Any, **named: Any) -> str | None:
    """The label that the reply states, by the settings of `read_reply`; None where it has none."""
    return read_reply(reply, labels, *settings, **named).label
