"""The answer options that an input lists, found in its text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from amplify import Option

HEADING = re.compile(r"^[ \t]*(?:options|answer choices|choices)[ \t]*:[ \t]*$", re.I | re.M)
LETTERED = re.compile(r"^[ \t]*\(([A-Z])\)[ \t]*", re.M)
BULLET = re.compile(r"^[ \t]*[-*•][ \t]+(?=\S)", re.M)


@dataclass(frozen=True, slots=True)
class Item:
    """One listed option: its letter (empty for a bullet) and where its content stands."""

    letter: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Listed:
    """The options of a text, in order, and where the question before them ends."""

    items: tuple[Item, ...]
    question: tuple[int, int]


def find_options(text: str) -> Listed | None:
    """What `text` lists: lettered options `(A) ...`, or bullets `- ...` below an "Options:" line.

    Lettered options run on from (A); one may go over several lines. None where nothing is listed.
    """
    headings = list(HEADING.finditer(text))
    start = headings[-1].end() if headings else 0
    lettered = _run_on(list(LETTERED.finditer(text, start)))
    if not lettered and not headings:
        return None
    marks = lettered or list(BULLET.finditer(text, start))
    if not marks:
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    items = []
    for mark, end in zip(marks, ends, strict=True):
        content = text[mark.end() : end].rstrip()
        letter = mark.group(1) if lettered else ""
        items.append(Item(letter, mark.end(), mark.end() + len(content)))
    before = headings[-1].start() if headings else marks[0].start()
    return Listed(tuple(items), (0, len(text[:before].rstrip())))


def _run_on(marks: list[re.Match[str]]) -> list[re.Match[str]]:
    """The marks (A), (B), (C) ... in order; a mark out of turn belongs to an option's content."""
    taken: list[re.Match[str]] = []
    for mark in marks:
        if mark.group(1) == chr(ord("A") + len(taken)):
            taken.append(mark)
    return taken


def lettered(text: str, style: str = "({})") -> tuple[tuple[Option, ...], tuple[int, int] | None]:
    """The lettered options of `text`, labelled in `style`, and where the question stands."""
    found = find_options(text)
    if found is None:
        return (), None
    options = (Option(style.format(i.letter), i.start, i.end) for i in found.items if i.letter)
    return tuple(options), found.question
