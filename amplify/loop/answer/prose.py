"""Reads which label a reply in plain text gives: the rules by which its statements are weighed."""

from __future__ import annotations

import re

from amplify.contract.data import How
from amplify.loop.answer import grammar
from amplify.loop.answer.labels import LabelSet
from amplify.loop.answer.opening import form, is_list, opening
from amplify.loop.answer.reading import UNREAD, Reading
from amplify.loop.answer.statements import ANSWER, ASPECT, ReplyText, Statement

# Replies of at most so many words hold no chain that was cut off.
_SHORT = 12

_CONCLUDES = re.compile(
    r"(?:\Aso\b|\b(?:therefore|thus|hence|conclude|conclusion)\b).*[.!?][^\w.!?]*\Z"
)

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")

_SAYS_MORE = re.compile(r"[\w?]")


def read_prose(
    text: str, labels: LabelSet, reasoned: bool, first: bool, cut: bool = False
) -> Reading:
    """What a reply gives as the answer; `text` is plain and in lower case.

    `reasoned`, `first`: as of `label_reader.Reader.read`. `cut`: the reply ends in "a", which may
    be the article with which it was cut off.
    """
    parsed = ReplyText(text, labels, cut)
    if not parsed.mentions:
        return UNREAD
    if _repeats(parsed):
        return _reading(parsed.mentions[0].label, "stated")
    if first:
        return _first(parsed)
    if reasoned:
        return _of_chain(parsed)
    return _weighed(parsed, opening(parsed))


def _repeats(parsed: ReplyText) -> bool:
    """Whether the reply is one label again and again."""
    if len({mention.label for mention in parsed.mentions}) > 1 or len(parsed.mentions) < 2:
        return False
    return not _SAYS_MORE.search(parsed.labels.pattern.sub("", parsed.text))


def _weighed(parsed: ReplyText, opened: Statement | None) -> Reading:
    """Statements first, then the label that the reply opens with, then the only one it names."""
    firm = [statement for statement in parsed.statements if statement.rank >= ASPECT]
    if firm:
        return _firm(parsed, firm, opened)
    if opened is not None:
        return _opened(parsed, opened)
    statements = parsed.statements
    if is_list(parsed):
        entry = form(parsed.text, parsed.mentions[0].end)
        statements = [s for s in statements if form(parsed.text, s.end) != entry]
        return _agreed(parsed.text, statements) if statements else UNREAD
    return _agreed(parsed.text, statements) if statements else _mentioned(parsed)


def _firm(parsed: ReplyText, firm: list[Statement], opened: Statement | None) -> Reading:
    """What the firmest statements agree on, unless the reply opens with another label."""
    rank = max(statement.rank for statement in firm)
    best = [statement for statement in firm if statement.rank == rank]
    reading, last = _agreed(parsed.text, best), best[-1]
    if opened is None or opened.label == reading.label or opened.end > last.start:
        return reading
    if last.concludes or _takes_back(parsed.text, opened.end, last.start):
        return reading
    if parsed.text[opened.end :].lstrip("\"'”)]")[:1] in (":", ","):
        return reading  # "A: the answer is B", "yes, the answer is no"
    return UNREAD if rank >= ANSWER else _reading(opened.label, "opened")


def _opened(parsed: ReplyText, opened: Statement) -> Reading:
    """The label that the reply opens with, unless it takes it back."""
    back = [
        index
        for index, mention in enumerate(parsed.mentions)
        if mention.label != opened.label
        and _takes_back(parsed.text, opened.end, mention.start)
        and parsed.kind(index) != "denied"
    ]
    if not back:
        return _reading(opened.label, "opened")
    starts = {parsed.mentions[index].start for index in back}
    stated = [statement for statement in parsed.statements if statement.start in starts]
    return _reading(stated[-1].label, "stated") if stated else UNREAD


def _agreed(text: str, statements: list[Statement]) -> Reading:
    """The label of statements of one rank; where two differ, the last if it takes back."""
    last = statements[-1]
    differing = [statement for statement in statements if statement.label != last.label]
    if differing and not last.concludes and not _takes_back(text, differing[-1].end, last.start):
        return UNREAD
    return _reading(last.label, "stated")


def _first(parsed: ReplyText) -> Reading:
    """The label that the reply begins with: what a rationale behind it says is no answer."""
    opened = opening(parsed)
    answers = [statement for statement in parsed.statements if statement.rank >= ANSWER]
    if opened is not None and (not answers or opened.start <= answers[0].start):
        return _reading(opened.label, "opened")
    if is_list(parsed):
        return UNREAD
    if answers:
        return _reading(answers[0].label, "stated")
    head = ReplyText(parsed.text[: parsed.sentence(0)[1]], parsed.labels)
    reading = _within(head)
    if reading.label is None and parsed.statements:
        return _reading(parsed.statements[0].label, "stated")
    return reading


def _of_chain(parsed: ReplyText) -> Reading:
    """What a chain of thought comes to; one that was cut off comes to nothing."""
    if (last := parsed.last_answer()) is not None:
        return _reading(last.label, "stated")
    opened, text = opening(parsed), parsed.text
    if len(text.split()) <= _SHORT:
        return _weighed(parsed, opened)
    if opened is not None and "\n" not in text[opened.end : opened.end + 8]:
        opened = None
    if opened is not None or any(s.rank >= ASPECT for s in parsed.statements):
        return _weighed(parsed, opened)
    sentence = [part for part in _SENTENCE.split(text.strip()) if part.strip()][-1]
    return _within(ReplyText(sentence, parsed.labels)) if _CONCLUDES.search(sentence) else UNREAD


def _within(part: ReplyText) -> Reading:
    """What a sentence states, or the only label that it names."""
    if part.statements:
        return _agreed(part.text, part.statements)
    return _mentioned(part)


def _mentioned(parsed: ReplyText) -> Reading:
    """The only label that the reply speaks of as one."""
    kinds = [parsed.kind(index) for index in range(len(parsed.mentions))]
    spoken = {
        m.label for m, kind in zip(parsed.mentions, kinds, strict=True) if kind == "spoken of"
    }
    if len(spoken) != 1:
        return UNREAD
    sentences = {
        parsed.sentence(m.start)
        for m, kind in zip(parsed.mentions, kinds, strict=True)
        if kind == "spoken of"
    }
    for mention, kind in zip(parsed.mentions, kinds, strict=True):
        if kind == "denied" and parsed.sentence(mention.start) not in sentences:
            against = mention.label in spoken
        else:
            against = mention.label not in spoken and (kind != "talk" or not mention.strict)
        if against:
            return UNREAD
    return _reading(spoken.pop(), "mentioned")


def _takes_back(text: str, end: int, start: int) -> bool:
    """Whether a word such as "wait" stands between two places of the text."""
    return end < start and grammar.REVISION.search(text[end:start]) is not None


def _reading(label: str | None, how: How) -> Reading:
    return UNREAD if label is None else Reading(label, how)
