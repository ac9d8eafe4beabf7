"""Foreign text made safe for a terminal, for a shell that it is pasted into, and for JSON there."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import PurePath

_ODD = re.compile(r"[^ -~]+")
"""What may hold a character that is not printable; most text is passed by at once."""


def visible(text: object) -> str:
    """`text` with every character that is not printable shown as its escape, e.g. `\\x1b`.

    So nothing that a plugin, a data file or an LLM wrote moves the cursor, changes colours or
    turns the direction of writing. Line breaks count as not printable.
    """
    return _escaped(str(text), lambda char: char.encode("unicode_escape").decode("ascii"))


def visible_lines(text: object) -> str:
    """As `visible`, where line breaks are the writer's own: they stay."""
    return "\n".join(map(visible, str(text).split("\n")))


def visible_json(text: str) -> str:
    """JSON that says the same, with what is not printable in its strings as JSON's own escapes."""
    import json  # list-plugins does without, and without shlex

    lines = text.split("\n")
    return "\n".join(_escaped(line, lambda char: json.dumps(char)[1:-1]) for line in lines)


def shell_word(word: str | PurePath) -> str:
    """A word as a shell takes it: quoted where it must be, so that it can be pasted.

    What is not printable stands there as bytes in `$'…'`, which bash, zsh and ksh know.
    """
    text = str(word)
    if text.isprintable():
        import shlex

        return shlex.quote(text)
    quoted = ""
    for char in text:
        if char in "\\'":
            quoted += f"\\{char}"
        elif char.isprintable():
            quoted += char
        else:
            quoted += "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", _error(char)))
    return f"$'{quoted}'"


def shell_option(name: str, value: str | PurePath) -> str:
    """An option with its value as a shell takes it; a value may begin with a dash."""
    return f"{name}{'=' if str(value).startswith('-') else ' '}{shell_word(value)}"


def _error(char: str) -> str:
    """How a character becomes bytes: one that stands for a byte of a file's name is that byte."""
    return "surrogateescape" if "\udc80" <= char <= "\udcff" and os.name == "posix" else "replace"


def _escaped(text: str, escape: Callable[[str], str]) -> str:
    def run(match: re.Match[str]) -> str:
        return "".join(char if char.isprintable() else escape(char) for char in match[0])

    return text if text.isprintable() else _ODD.sub(run, text)
