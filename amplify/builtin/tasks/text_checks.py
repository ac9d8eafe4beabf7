"""Checks of a text: blank, a missing value, damaged, or with control characters and tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from amplify.builtin.files import LOST
from amplify.builtin.tasks.shorten import counted_names

MISSING = frozenset(
    {"nan", "-nan", "<na>", "nat", "#n/a", "#na", "#null!", "1.#qnan", "1.#ind", "\\n"}
)
"""What programs write where a value is missing: none is a word of a language."""

MISSING_WORDS = MISSING | {"none", "null", "nil", "na", "n/a", "n.a.", "undefined", "missing", "?"}
"""`MISSING`, and the words for a missing value that may be the name of a class too."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]"
)
_LETTERLIKE = frozenset("\u115f\u1160\u3164\uffa0")
"""Characters that Unicode counts as letters, and that are invisible."""
_CONTROL_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CONTROL_TOKEN = re.compile(
    r"<\|[^<>|\s]{1,40}\|>|<\uff5c[^<>\s]{1,40}\uff5c>|</?s>|<(?:bos|eos|pad|unk|mask|sep|cls)>"
    r"|<(?:start|end)_of_(?:turn|text|image)>|\[/?INST\]|<</?SYS>>"
    r"|\[(?:CLS|SEP|MASK|PAD|UNK|BOS|EOS)\]"
)


def is_blank(text: str) -> bool:
    """Whether the text is nothing but white space and invisible characters."""
    if text[:1].isalnum() and text[0] not in _LETTERLIKE:
        return False
    return not any(is_shown(char) or _CONTROL_CHARACTER.match(char) for char in text)


def is_missing(text: str, words: frozenset[str] = MISSING) -> bool:
    """Whether the text is one of the `words` for a missing value."""
    return text.strip().casefold() in words


def odd_texts(items: Iterable[tuple[str, str, str]]) -> list[str]:
    """Notes on texts that are damaged, hold control characters or tokens, or are a missing value.

    An item is where it stands, its text, and its other texts (the label, a rationale) as one.
    """
    lost, control, tokens, missing = [], [], [], []
    for place, text, further in items:
        whole = f"{text}\n{further}"
        if LOST in whole:
            lost.append(place)
        if match := _CONTROL_CHARACTER.search(whole):
            control.append(f"{place} {match[0]!a}")
        if match := _CONTROL_TOKEN.search(whole):
            tokens.append(f"{place} {match[0]!r}")
        if is_missing(text, MISSING_WORDS):
            missing.append(f"{place} {text.strip()!r}")
    faults = (
        (lost, "items with U+FFFD in place of a character that is lost, as of a cut emoji"),
        (control, "items with control characters, which are kept"),
        (
            tokens,
            "items with what may be a model's control token; local LLMs read it as text (a proxy"
            " reads a mask as one), what a service makes of it is not known",
        ),
        (missing, "texts that are nothing but a word for a missing value"),
    )
    return [f"{fault}: {counted_names(places)}" for places, fault in faults if places]


def is_shown(char: str) -> bool:
    """Whether the character is visible: neither white space nor an invisible mark."""
    hidden = char.isspace() or unicodedata.category(char) in ("Cf", "Cc")
    return not hidden and not _INVISIBLE.match(char)
