"""Finds what a reply states: the clauses that give a label as the answer, and how firmly."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import Literal, NamedTuple

from amplify.loop.answer import endings, grammar
from amplify.loop.answer.clauses import (
    ClauseLead,
    Form,
    ends_clause,
    ends_sentence,
    is_free,
    is_open,
    is_rejected,
    lead,
    only_seems,
    starts,
)
from amplify.loop.answer.labels import LabelSet, Mention

# How firmly a clause states its label.
FINAL, ANSWER, ASPECT, PREDICATE = 4, 3, 2, 1

_RANKS: dict[Form, int] = {
    "final": FINAL,
    "answer": ANSWER,
    "choice": ANSWER,
    "aspect": ASPECT,
    "rationale": ASPECT,
}

# So much of a sentence is read around a label, and so many labels in a reply.
_REACH = 240
_MOST = 400

# Labels that are joined stand at most so far from each other.
_NEAR = 40


class Statement(NamedTuple):
    """A clause that states a label; None where it names another one beside it.

    `concludes`: it is introduced by a word such as "therefore".
    """

    label: str | None
    rank: int
    start: int
    end: int
    concludes: bool = False


Kind = Literal["stated", "denied", "open", "spoken of", "talk"]
"""How a place names a label: "stated", "denied" (said not to be the answer), "open" (a question, a
condition, another's view), "spoken of" (it could be meant as the answer), or "talk"."""


class ReplyText:
    """A reply in plain text of lower case, with the labels that it names.

    `cut`: it ends in "a", which may be the article with which it was cut off.
    """

    def __init__(self, text: str, labels: LabelSet, cut: bool = False) -> None:
        self.text = text
        self.labels = labels
        mentions = list(labels.mentions(text))
        if len(mentions) > _MOST:
            mentions = mentions[: _MOST // 2] + mentions[-_MOST // 2 :]
        self.mentions = mentions
        self._cut = cut
        self._ends = grammar.sentence_ends(text) if mentions else []
        self._statements: dict[int, Statement | None] = {}

    @cached_property
    def statements(self) -> list[Statement]:
        """All statements, in the order of the text."""
        places = range(len(self.mentions))
        return [stated for place in places if (stated := self._at(place)) is not None]

    def last_answer(self) -> Statement | None:
        """The last statement that names its label as the answer."""
        for place in reversed(range(len(self.mentions))):
            statement = self._at(place)
            if statement is not None and statement.rank >= ANSWER:
                return statement
        return None

    def sentence(self, place: int) -> tuple[int, int]:
        """Where the sentence around a place begins and ends."""
        index = bisect_right(self._ends, place)
        start = self._ends[index - 1] if index else 0
        return start, self._ends[index] if index < len(self._ends) else len(self.text)

    def after(self, index: int) -> str:
        """What follows a mention in its sentence."""
        mention = self.mentions[index]
        end = self.sentence(mention.start)[1]
        return self.text[mention.end : min(end, mention.end + _REACH)]

    def _before(self, index: int) -> str:
        """What stands ahead of a mention in its sentence."""
        place = self.mentions[index].start
        return self.text[max(self.sentence(place)[0], place - _REACH) : place]

    def kind(self, index: int) -> Kind:
        """How a mention names its label."""
        after = self.after(index)
        if is_rejected(after):
            return "denied"
        if is_open(after):
            return "open"
        if self._at(index) is not None:
            return "stated"
        if self.may_be_article(index):
            return "talk"
        return _unstated(self.mentions[index], self._before(index), after, self.labels.lettered)

    def _at(self, index: int) -> Statement | None:
        """What the clause around a mention states."""
        if index not in self._statements:
            statement = self._statement(index)
            if statement is not None and self.has_rival(index):
                statement = statement._replace(label=None)
            self._statements[index] = statement
        return self._statements[index]

    def _statement(self, index: int) -> Statement | None:
        mention = self.mentions[index]
        before, after = self._before(index), self.after(index)
        if self.may_be_article(index):
            return None
        praised = endings.PRAISED.match(after) is not None
        option = self.labels.lettered and not mention.strict and endings.OPTION.match(after)
        if not praised and not (grammar.may_state(before) and (option or ends_clause(after))):
            return None
        if is_rejected(after) or is_open(after):
            return None
        rank, concludes = self._rank(index, before, after, praised)
        if not rank:
            return None
        return Statement(mention.label, rank, mention.start, mention.end, concludes)

    def may_be_article(self, index: int) -> bool:
        """Whether the text was cut off behind "a", or behind "a" and the label."""
        if self.mentions[index].end < len(self.text):
            return False
        before = self._before(index)
        if self._cut:
            return before.rstrip()[-1:] not in (":", "=")
        return f" {before}".endswith((" a ", " an ")) and not self.labels.lettered

    def _rank(self, index: int, before: str, after: str, praised: bool) -> tuple[int, bool]:
        """How firmly the first clause that leads to a label states it; whether it concludes."""
        for start in starts(before):
            way, earlier = lead(before[start:]), before[:start]
            if way is None:
                continue
            if way.form == "alone":
                rank = self._rank_alone(index, earlier, way, after, praised)
            elif way.form == "box":
                rank = 0 if grammar.NEGATION.search(earlier) else FINAL
            else:
                rank = _RANKS.get(way.form, ANSWER if praised else PREDICATE)
            if only_seems(way, after):
                rank = 0
            if rank and (is_free(earlier, way) or self._is_equation(earlier)):
                return rank, way.concludes or grammar.CONCLUSION.match(before) is not None
        if praised and (noun := grammar.NAMED.search(before)) and lead(before[: noun.start()]):
            return ANSWER, False
        return 0, False

    def _rank_alone(
        self, index: int, earlier: str, way: ClauseLead, after: str, praised: bool
    ) -> int:
        """How firmly a clause states its label that has no words of its own."""
        if not earlier:
            return ANSWER if praised else self._rank_of_sentence(index, after)
        if praised and way.concludes:
            return ANSWER
        if (way.concludes or self._is_equation(earlier)) and ends_sentence(after):
            return PREDICATE
        contrasts = way.contrasts or grammar.CONTRAST.search(earlier)
        before = self._before(index)
        if contrasts and grammar.DENIAL.search(before) and self.labels.pattern.search(earlier):
            return PREDICATE  # not this but that
        return 0

    def _is_equation(self, earlier: str) -> bool:
        """Whether labels, operators and an equals sign are all that stands ahead."""
        if not earlier.endswith("="):
            return False
        return _OPERATORS.fullmatch(self.labels.pattern.sub("", earlier)) is not None

    def _rank_of_sentence(self, index: int, after: str) -> int:
        """How firmly a label is stated that is a whole sentence, but not the first one."""
        mention = self.mentions[index]
        if not ends_sentence(after) or not self.text[: mention.start].strip(_MARKS):
            return 0
        single = mention.strict and mention.end - mention.start == 1 and "\n" not in after
        if single and self.text[mention.end + len(after) :].strip():
            return 0  # an entry of a list: "B. dog"
        line_start = self.text.rfind("\n", 0, mention.start) + 1
        heading = self.text[:line_start].rstrip()
        if heading.endswith(":"):
            heading = heading[heading.rfind("\n") + 1 :]
            if _LISTS.search(heading) or grammar.NEGATION.search(heading):
                return 0
        return PREDICATE

    def has_rival(self, index: int) -> bool:
        """Whether another label stands beside this one, joined by "or", "and" or a comma."""
        if index and self._are_joined(index - 1, index) and self.kind(index - 1) != "denied":
            return True
        if index + 1 == len(self.mentions) or not self._are_joined(index, index + 1):
            return False
        return endings.NEXT_VERB.match(self.text, self.mentions[index + 1].end) is None

    def _are_joined(self, left: int, right: int) -> bool:
        first, second = self.mentions[left], self.mentions[right]
        if second.start - first.end > _NEAR or first.label == second.label is not None:
            return False
        gap = self.text[first.end : second.start]
        return "\n" not in gap and endings.OR.fullmatch(gap) is not None


_MARKS = "\"'“‘(*_-• \n"

_OPERATORS = re.compile(r"(?:\W|and\b|or\b|not\b)*")

_LISTS = re.compile(
    r"\b(?:options?|labels|choices|classes|categories|one of|wrong|instead|rejected)\b"
)


def _unstated(mention: Mention, before: str, after: str, lettered: bool) -> Kind:
    """The kind of a mention that no clause states."""
    last = before[max(starts(before)) :]
    if grammar.NEGATION.search(last):
        return "denied"
    if grammar.DOUBT.search(before):
        return "open"
    if lettered:
        ends = ends_clause(after)
        if (ends or endings.VERB.match(after)) and grammar.NAMED.search(before):
            return "spoken of"
        return (
            "spoken of"
            if ends and not mention.strict and grammar.LEADS_TO.search(before)
            else "talk"
        )
    return "spoken of" if ends_clause(after) and grammar.LICENSED.search(before) else "talk"
