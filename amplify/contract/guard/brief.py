"""Foreign values and exceptions in few words, whatever their own methods do."""

from __future__ import annotations

from amplify.contract.grammar import counted, with_article
from amplify.contract.guard.secret import scrubbed

MOST = 500
"""Characters of what an exception says that are shown."""


def brief(value: object, most: int = 60) -> str:
    """A foreign value's `repr`, cut to `most` characters; its type where that raises.

    Keys are taken out before it is cut.
    """
    try:
        text = scrubbed(str.__str__(repr(value)))
    except BaseException:  # noqa: BLE001  # a foreign repr may raise anything
        text = with_article(kind(value))
    return text if len(text) <= most else text[: most - 3] + "..."


def cut(text: str, most: int) -> str:
    """The text's first `most` characters, and how many more there are."""
    more = len(text) - most
    return f"{text[:most]} … ({counted(more, 'character')} more)" if more > 0 else text


def cause(error: BaseException) -> str:
    """An exception in one line: its type and the first of its message, cut and without keys."""
    name = kind(error)
    try:
        lines = scrubbed(str.__str__(str(error))).strip().splitlines()
    except BaseException:  # noqa: BLE001  # a foreign str may raise anything
        lines = []
    return f"{name}: {lines[0][:MOST]}" if lines else name


def kind(value: object) -> str:
    """The name of a value's type, whatever its metaclass says."""
    return str(type.__dict__["__name__"].__get__(type(value)))
