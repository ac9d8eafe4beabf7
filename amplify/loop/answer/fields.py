"""Reads the fields of a structured reply: JSON, whole or cut off, or tags."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from amplify.loop.answer import words
from amplify.loop.answer.around_fields import is_withheld

Value = Callable[[str, bool], str | None]
"""The label that a field's text is; with True, of a field that is named for the answer, also one
that the text states."""


class Field(NamedTuple):
    """A name and what stands there: a text, a list of such groups of fields, or None."""

    name: str
    value: Any


class Fields(NamedTuple):
    """The fields of a structured reply, and what it says outside of them.

    Those that its sentence denies, asks about or supposes are not among them. `answers`: one of
    them is named for the answer. `whole`: they were not cut off.
    """

    groups: list[list[Field]]
    rest: str
    answers: bool
    whole: bool

    def label(self, value: Value) -> str | None:
        """The label that the fields agree on; None where they give none or differ."""
        labels = {_of_group(group, value, self.whole) for group in self.groups} - {None}
        return labels.pop() if len(labels) == 1 else None


def fields(text: str) -> Fields | None:
    """The fields of a reply; None where it has no structure."""
    found, rest, whole = _tags(text), text, True
    if found:
        rest = _TAG.sub("\n", text)
    elif "{" in text:
        found, rest, whole = _objects(text)
    if not found:
        return None
    groups = [group for group in found if group]
    answers = any(_class(field.name) is not None for group in groups for field in _flat(group))
    return Fields(groups, rest, answers, whole)


def _of_group(group: list[Field], value: Value, whole: bool) -> str | None:
    """What the fields named for the answer hold, else the only label that another one is."""
    for kind in ("final", "answer", "aspect"):
        named = [
            field for field in group if _class(field.name) == kind and not _nested(field.value)
        ]
        if named:
            labels = {
                value(text, True) for field in named if (text := _text(field.value)) is not None
            }
            labels.discard(None)
            return labels.pop() if len(labels) == 1 else None
    if not whole:
        return None
    labels = set()
    for field in group:
        if _is_other(field.name):
            continue
        if _nested(field.value):
            labels |= {_of_group(inner, value, whole) for inner in field.value}
        elif (text := _text(field.value)) is not None:
            labels.add(value(text, False))
    labels.discard(None)
    return labels.pop() if len(labels) == 1 else None


def _flat(group: list[Field]) -> Iterator[Field]:
    for field in group:
        yield field
        if _nested(field.value):
            for inner in field.value:
                yield from _flat(inner)


def _nested(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, list) for v in value)


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, tuple):
        return _text(value[0]) if len(value) == 1 else None
    return value if isinstance(value, str) else None


@cache
def _names(alternatives: str) -> re.Pattern[str]:
    return re.compile(alternatives, re.I)


def _parts(name: str) -> list[str]:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return [part for part in re.split(r"[\W_]+", name) if part]


def _is_other(name: str) -> bool:
    pattern = _names(words.ALTERNATIVE_FIELD)
    return any(pattern.fullmatch(part) for part in _parts(name))


_LATER = {"first", "second", "third", "next", "backup"}


def _class(name: str) -> str | None:
    parts = _parts(name)
    if _is_other(name) or {part.lower() for part in parts} & _LATER:
        return None
    if any(_names(words.ANSWER).fullmatch(part) for part in parts):
        return "final" if any(_names(words.FINAL).fullmatch(part) for part in parts) else "answer"
    return "aspect" if any(_names(words.ASPECT).fullmatch(part) for part in parts) else None


_FORMATTING = {
    "b",
    "i",
    "u",
    "p",
    "em",
    "strong",
    "code",
    "span",
    "mark",
    "div",
    "center",
    "br",
    "s",
}

_TAG = re.compile(
    r"<\s*(?P<name>[^\W\d][\w:.-]*)(?:\s[^<>]*)?>(?P<value>[^<>]*)<\s*/\s*(?P=name)\s*>"
    r"|\[(?P<name2>[^\W\d][\w:.-]*)\](?P<value2>[^\[\]<>]*)\[/\s*(?P=name2)\s*\]",
    re.I,
)


def _tags(text: str) -> list[list[Field]]:
    """The tags of a reply as one group, which lacks those that are withheld."""
    if "</" not in text and "[/" not in text:
        return []
    tags = [
        match
        for match in _TAG.finditer(text)
        if (match["name"] or match["name2"]).lower() not in _FORMATTING
    ]
    begins = [0, *(match.end() for match in tags)]
    group = [
        Field(match["name"] or match["name2"], match["value"] or match["value2"] or "")
        for match, begin in zip(tags, begins, strict=False)
        if not is_withheld(text[begin : match.start()], text[match.end() :])
    ]
    return [group] if tags else []


_DECODER = json.JSONDecoder(object_pairs_hook=lambda pairs: [Field(*pair) for pair in pairs])

_PAIR = re.compile(
    r"[\"']?(?P<name>[^\W\d][\w .-]{0,60}?)[\"']?\s*:\s*"
    r"(?:\"(?P<double>(?:[^\"\\]|\\.)*)\"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<bare>[\w./+-]+)(?=\s*[,}\n]))"
)

_OBJECT = re.compile(r"\{\s*[\"']?[^\W\d][\w .-]{0,60}[\"']?\s*:")


def _objects(text: str) -> tuple[list[list[Field]], str, bool]:
    """The objects of a reply, the text around them, and whether all of them are whole.

    One that is withheld is an empty group.
    """
    groups: list[list[Field]] = []
    rest: list[str] = []
    place = 0
    while (start := text.find("{", place)) >= 0 and len(groups) < 20:
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            closing = text.rfind("}", start)
            end = len(text) if closing < 0 else closing + 1
            pairs = _pairs(text[start:end]) if _OBJECT.match(text, start) else []
            if pairs:
                around = [*rest, text[place:start], text[end:]]
                pairs = [] if is_withheld(text[place:start], text[end:]) else pairs
                return [*groups, pairs], "".join(around), closing >= 0
            rest.append(text[place : start + 1])
            place = start + 1
            continue
        before, place = text[place:start], end
        rest.append(before)
        if value:
            groups.append([] if is_withheld(before, text[end:]) else _normal(value))
    rest.append(text[place:])
    return groups, "" if not groups else re.sub(r"^[\s\[\],]*$", "", "".join(rest)), True


def _pairs(text: str) -> list[Field]:
    """The pairs of an object that is no strict JSON."""
    pairs = []
    for match in _PAIR.finditer(text):
        value = next(
            v for v in (match["double"], match["single"], match["bare"], "") if v is not None
        )
        pairs.append(Field(match["name"], value))
    return pairs


def _normal(pairs: list[Field]) -> list[Field]:
    """Objects as lists of groups, other lists as tuples, so that they can be told apart."""
    normal = []
    for name, value in pairs:
        if isinstance(value, str) and value.lstrip().startswith("{"):
            groups, _, whole = _objects(value)
            if groups and whole:
                normal.append(Field(name, groups))
                continue
        normal.append(Field(name, _value(value)))
    return normal


def _value(value: Any) -> Any:
    if isinstance(value, list) and value and all(isinstance(v, Field) for v in value):
        return [_normal(value)]
    if isinstance(value, list):
        items = [_value(v) for v in value]
        if items and all(_nested(v) for v in items):
            return [group for item in items for group in item]
        return tuple(items)
    return value
