"""Finds the label that a reply states alone: in a JSON object, or in a few words."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from amplify.contract.calls import Request
from amplify.kit.label_calls import LABEL, plain_continuations

ALONE = (
    r"[\"'`*_]*+(?:\.(?!\w|[^\S\n]*+[#(]*+\d)|!(?!\w)|[^\S\n]*+(?:\n|$))"
    r"(?![\W_]*+(?:no[\W_]++)?(?:or|and|but|wait)(?![^\W_]))"
)
"""What ends a label with which a reply opens: a line's or a sentence's end, behind which the label
is not gone on with or taken back. "No. 1" is an abbreviation, which ends no sentence."""

AROUND = " \t\r\n\"'`*_.,:;!()[]{}"
"""What may stand around a label in a reply of a few words."""

ARTICLE = r"(?!(?-i:a) \w)"
"""Keeps the article of "a dog" from being read as the label "A"."""

MOST_BRACES = 20
"""How many opening braces of a reply are looked at for an object with a label."""

STATED = re.compile(rf'"{LABEL}"\s*+:\s*+"((?:[^"\\]|\\.)*+)"', re.DOTALL)
"""A label in the text of a JSON object."""


FENCE = re.compile(r"\s*+```\w*+\s*+\Z")

DENIED = re.compile(
    r"(?:\b(?:not|cannot|never|no|nor|neither|wrong|incorrect|false|if|unless|would be|nicht"
    r"|kein\w*|falsch\w*|nunca|jamais|pas)\b|n['’]t\b|[不非未没沒])[^\n.!?;]*+\Z",
    re.IGNORECASE,
)
"""What ahead of an object, in its sentence, may deny or suppose it: a reader tells that better."""

DOUBTED = re.compile(
    r"[^\w\n?]*+\?|[^\S\n]*+(?:is|was|would|could|might|may|cannot|can)\b[^\n.;]*?"
    r"\b(?:not|never|wrong|incorrect|false|others?|some|people)\b",
)
"""What behind an object asks about it, or denies it."""


class LabelObject(NamedTuple):
    """A JSON object with a label.

    `before` is the text from the reply's first brace to the object, `behind` what follows it;
    `denied` says that the sentence around it may deny it.
    """

    value: dict[str, Any]
    before: str
    behind: str
    denied: bool


def label_object(text: str) -> LabelObject | None:
    """The JSON object with a label that a reply is, or that it holds first; None without one.

    One that stands within braces which do not close ahead of it is part of something else.
    """
    decode = json.JSONDecoder(strict=False).raw_decode
    first = begin = text.find("{")
    for _ in range(MOST_BRACES):
        if begin < 0:
            return None
        end = begin + 1
        try:
            value, end = decode(text, begin)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict) and LABEL in value:
            before = text[first:begin]
            nested = before.count("{") > before.count("}")
            ahead, behind = FENCE.sub("", text[:begin]).rstrip("\t "), text[end:]
            denied = DENIED.search(ahead) or DOUBTED.match(behind)
            return None if nested else LabelObject(value, before, behind, bool(denied))
        begin = text.find("{", end)
    return None


def structured_label(stated: LabelObject | None, labels: Sequence[str]) -> str | None:
    """The label of an object; None where its sentence may deny it, where what stands in braces
    ahead of it names another one, or where an object behind it has another one."""
    name = stated.value.get(LABEL) if stated else None
    label = _continuation(name, labels) if isinstance(name, str) else None
    if stated is None or label is None or stated.denied:
        return None
    known = {_folded(name) for name in labels}
    further = {json_unescaped(spelling) for spelling in set(STATED.findall(stated.behind))}
    others = {_continuation(name, labels) for name in further if _folded(name) in known}
    if others - {None, label} or _names_another(
        stated.before, label.strip(), plain_continuations(labels)
    ):
        return None
    return label


def label_in_words(text: str, request: Request) -> str | None:
    """The label that a reply of a few words is, or with which it opens as a line or sentence.

    None where another label stands anywhere behind it.
    """
    whole = _continuation(text, request.labels)
    if whole is not None:
        return whole
    known = plain_continuations(request.labels)
    if len({label.casefold() for label in known}) < len(known):
        return None
    words = text.strip(AROUND)
    cue = re.match(re.escape(request.cue.strip()), words, re.IGNORECASE)
    words = words[cue.end() :].strip(AROUND) if cue else words
    opened = {label: re.match(re.escape(label) + ALONE, words, re.IGNORECASE) for label in known}
    fits = [label for label, opening in opened.items() if opening]
    if not fits:
        return None
    label = max(fits, key=len)
    return None if _names_another(words[len(label) :], label, known) else known[label]


def _names_another(text: str, label: str, labels: Sequence[str] | dict[str, str]) -> bool:
    """Whether a label besides this one stands in a text as a word; the longest counts there."""
    names = "|".join(
        (ARTICLE if name == "A" else "") + re.escape(name)
        for name in sorted(filter(None, labels), key=len, reverse=True)
    )
    found = re.finditer(rf"(?<![^\W_])(?:{names})(?![^\W_])", text, re.IGNORECASE)
    return any(match[0].casefold() != label.casefold() for match in found)


def _continuation(stated: str, labels: Sequence[str]) -> str | None:
    """The continuation of a label that is stated alone; case and dots decide between no two."""
    known = plain_continuations(labels)
    exact = known.get(stated.strip())
    if exact is not None:
        return exact
    fits = [way for label, way in known.items() if _folded(label) == _folded(stated)]
    return fits[0] if len(fits) == 1 else None


def _folded(stated: str) -> str:
    return stated.strip(AROUND).casefold()


def json_unescaped(text: str) -> str:
    """The text of a JSON string that may end within an escape."""
    if "\\" not in text:
        return text
    for end in range(len(text), max(-1, len(text) - 12), -1):
        try:
            value: str = json.loads(f'"{text[:end]}"', strict=False)
        except ValueError:
            continue
        return value
    return ""
