"""The answer options that an input lists, found in its text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from amplify import Option

HEADING = re.compile(r"^[ \t]*(?:options|answer choices|choices)[ \t]*:[ \t]*$", re.I | re.M)
LETTERED = re.compile(r"^[ \t]*\(([A-Z])\)[ \t]*", re.M)
BULLET = re.compile(r"^[ \t]*[-*•][ \t]+(?=\S)", re.M)


@dataclass(frozen=True, slots=True)
class ListedOption:
    """One option of a list: its letter (empty for a bullet), and the range of its text."""

    letter: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class OptionList:
    """The options that a text lists, in order, and the range of the question before them."""

    items: tuple[ListedOption, ...]
    question: tuple[int, int]


def find_options(text: str) -> OptionList | None:
    """The options that `text` lists: lettered `(A) ...`, or bullets `- ...` below "Options:".

    Letters follow each other from (A); an option may go over several lines. None: no list.
    """
    headings = list(HEADING.finditer(text))
    start = headings[-1].end() if headings else 0
    lettered = _in_sequence(list(LETTERED.finditer(text, start)))
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
        items.append(ListedOption(letter, mark.end(), mark.end() + len(content)))
    before = headings[-1].start() if headings else marks[0].start()
    return OptionList(tuple(items), (0, len(text[:before].rstrip())))


def _in_sequence(marks: list[re.Match[str]]) -> list[re.Match[str]]:
    """The marks (A), (B), (C) ... in order; any other mark belongs to the text of an option."""
    marks_in_turn: list[re.Match[str]] = []
    for mark in marks:
        if mark.group(1) == chr(ord("A") + len(marks_in_turn)):
            marks_in_turn.append(mark)
    return marks_in_turn


def lettered_options(
    text: str, style: str = "({})"
) -> tuple[tuple[Option, ...], tuple[int, int] | None]:
    """The lettered options of `text`, labelled in `style`, and the range of the question."""
    listed = find_options(text)
    if listed is None:
        return (), None
    options = (Option(style.format(i.letter), i.start, i.end) for i in listed.items if i.letter)
    return tuple(options), listed.question
