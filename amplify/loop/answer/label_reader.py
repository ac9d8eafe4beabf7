"""Reads which label of a set a reply gives, whatever the form of the reply."""

from __future__ import annotations

import re

from amplify.loop.answer.clauses import lead
from amplify.loop.answer.fields import Fields, fields
from amplify.loop.answer.labels import LabelSet
from amplify.loop.answer.plain import (
    RATIONALE,
    long_forms,
    lowered,
    one_form,
    plain,
    unescaped,
    without_tokens,
)
from amplify.loop.answer.prose import read_prose
from amplify.loop.answer.quotations import without_quotations
from amplify.loop.answer.reading import UNREAD, Reading
from amplify.loop.answer.reasoning import without_reasoning

_KEY_WORDS = re.compile(
    r"\b(?:the\s+)?key words?:[^\n]*?(?:\bimportant clues\b|(?=\bthe answer\b)|(?=\n)|\Z)"
)

_NEXT_ITEM = re.compile(
    r"\n\s*(?:question|text|review|input|sentence|tweet|comment|passage|premise|headline|article"
    r"|example|item|human|user|frage|bewertung|satz|texto|reseña|pregunta|texte|avis|phrase"
    r"|评论|文本|问题|句子|输入|レビュー|入力|質問|리뷰|문장|질문)\s*\d{0,3}\s*:"
)

_SCALE = re.compile(
    r"(?:\bon )?(?:a|the) scale (?:of|from) \d+ ?(?:to|[-–]) ?\d+|\(\d+ ?[-–] ?\d+\)|^out of \d+,",
    re.M,
)


class Reader:
    """Reads the labels of one set out of replies.

    `prefix` is what the prompt puts ahead of a label, where that is no common announcement.
    """

    def __init__(self, labels: LabelSet, prefix: str = "") -> None:
        self.labels = labels
        written = lowered(plain(one_form(prefix), self.labels.marks)).split()
        known = lead(" ".join(written) + " ")
        self.prefix: re.Pattern[str] | None = None
        if written and (known is None or known.form not in ("answer", "final")):
            begins = r"(?<!\w)" if written[0][0].isalnum() else ""
            self.prefix = re.compile(begins + r"\s+".join(map(re.escape, written)))

    def read(self, text: str, reasoned: bool, first: bool = False) -> Reading:
        """The label that a reply gives which is more than a label, and how.

        `reasoned`: labels that a chain of thought talks about are no answer. `first`: the answer
        stands ahead of its rationale, so that the first statement counts.
        """
        answer = without_reasoning(one_form(unescaped(text)))
        if answer is None:
            return UNREAD
        answer = without_tokens(answer)
        structure = fields(answer)
        if structure is not None:
            label = self._of_fields(structure)
            if label is not None:
                return Reading(label, "stated")
            if structure.answers or not structure.rest.strip():
                return UNREAD
            answer = structure.rest
        styled = plain(answer, self.labels.marks).strip()
        if styled != text and (whole := self.labels.whole(styled)) is not None:
            return Reading(whole, "stated")
        prose = self._prose(styled)
        cut = styled.endswith(" a")
        if "\n" in prose and (item := _NEXT_ITEM.search(prose)) is not None:
            reading = read_prose(prose[: item.start()], self.labels, reasoned, first)
            if reading.how in ("stated", "opened"):
                return reading
        return read_prose(prose, self.labels, reasoned, first, cut)

    def _prose(self, styled: str) -> str:
        """A reply in lower case, without quotations, and with one sign for what names no label."""
        text = long_forms(lowered(styled))
        if "key word" in text:
            text = _KEY_WORDS.sub(RATIONALE, text)
        if self.prefix is not None:
            text = self.prefix.sub("\nanswer: ", text)
        if self.labels.scale is not None:
            text = _SCALE.sub("", text)
        return without_quotations(text, self.labels)

    def _of_fields(self, structure: Fields) -> str | None:
        """The label that the fields of a structured reply agree on."""

        def value(text: str, answers: bool) -> str | None:
            styled = plain(text, self.labels.marks).strip()
            name = self.labels.whole(styled)
            if name is None and answers:
                name = read_prose(self._prose(styled), self.labels, False, False).label
            return name

        return structure.label(value)
