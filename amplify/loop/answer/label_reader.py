"""Finds which label a reply states, by cues such as "the answer is" and by mentions."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

# A label is a whole word: no part of a longer one (unhappy, non-negative), nor of a number that is
# written with more than its digits (1.5, -1, 1,000, 1/2, 50%).
_BEGINS = r"(?<!\w)(?<!\w[-‐‑'’])"
_ENDS = r"(?!['’]?\w)(?![-‐‑]\w)"
_NUMBER_BEGINS = r"(?<![-−+.])(?<!\d[,:/])"
_NUMBER_ENDS = r"(?![.,:/]\d)(?!\s?%)"

# What may stand around a label: quotes, brackets, emphasis.
_TRIM = " \t\r\n\"'“”‘’*_`.,;:!?()[]{}"

_LETTER = re.compile(r"\(?([A-Za-z])\)?")

# Labels that are also common words: they count only where a statement or a short answer stands.
_COMMON = {"yes", "no", "true", "false", "none", "not", "all", "maybe", "both", "neither"}

# Up to a copula, but never over a negation: "the answer cannot be (A)" states nothing.
_UP_TO = r"(?:(?!\bnot\b|n['’]t\b|\bcannot\b|\bnever\b)[^.!?\n]){0,60}?"

# Prose, JSON, tags and the box that models trained on mathematics end with.
_ANSWER = rf"\bans(?:wer)?\b{_UP_TO}(?:\bis\b|\bbe\b|[:=>]|\s[-–—](?=\s))"
_CUE = rf"(?:{_ANSWER}|\b(?:choose|select|pick|predict|go with)\b|\\boxed\b)"

# Bounded and possessive: a reply that repeats itself must not be searched again and again.
_FILLER = (
    r"(?:[\s\"'“”‘’*_`:\[{$<>\\]"
    r"|\b(?:clearly|therefore|thus|most|likely|probably|indeed|definitely|simply|that|it|is|the|option|statement|choice|sentence|answer|label)\b){0,16}+"
)

_PRAISE = (
    r"\s+(?:is|must be|would be|seems)\s+(?:the\s+)?(?:most\s+)?(?:correct|right|best|answer)\b"
)

_AS_ANSWER = r"\s+as\s+(?:the|my|its)\s+(?:\w+\s+)?(?:answer|label|choice|option)\b"

# What may follow a label that is a bare letter or a common word: the end of a clause.
_CLOSED = (
    r"(?=\)|[\"'”’*_`)\]}$\\]*"
    r"(?:\s*$|\s*[.,;:!?\n(–—-]|</|\s+(?:because|since|as|due|given|and|or)\b))"
)

_NOUN = r"\b(?:option|statement|choice|sentence|answer)\s+"

_VERB = r"(?=\s+(?:is|was|seems|has|shows|contains|uses)\b)"

_COPULA = r"(?:\b(?:it['’]s|is|are|so|therefore|thus|hence)\b,?|=)\s+[\"'“‘*_`]*"

_DENIAL = re.compile(
    r"(?:\bnot|n['’]t|\b(?:is|are|was|were|does|do|did|ca|could|would)nt|\bcannot|\bnever"
    r"|\bneither|\bnor|\bnon|\bhardly|\bfar from|\brather than|\binstead of)"
    r"(?:\s+\w+){0,2}\s+\W*\Z",
    re.I,
)

_DECIMAL = re.compile(r"\A[^\w.]*\.\d")

_DENIED = re.compile(r"\W{0,4}\s(?:is|was|does|can|could)(?:\s+not\b|n['’]t\b|not\b)", re.I)

_KEY_WORDS = re.compile(
    r"\bkey words?:[^\n]*?(?:\bimportant clues\b|(?=\bthe answer\b)|(?=\n)|\Z)", re.I
)

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")

_CONCLUDES = re.compile(
    r"(?:\Aso\b|\b(?:therefore|thus|hence|conclude|conclusion)\b).*[.!?][^\w.!?]*\Z", re.I
)


# Replies of at most so many words hold no chain that was cut off.
_SHORT = 12


class Reader:
    """Reads the labels of one set out of replies.

    `prefix` is what the prompt puts ahead of a label, where that is no common cue.
    """

    def __init__(self, labels: tuple[str, ...], prefix: str = "") -> None:
        self.lettered = all(_LETTER.fullmatch(label) for label in labels)
        keys = Counter(_key(label) for label in labels)
        self.names = {_key(x): x for x in labels if _key(x) and keys[_key(x)] == 1}
        self.names |= {label: label for label in labels}
        if self.lettered:
            letters = "".join(label.strip("()") for label in labels)
            self.free = rf"\(\s*[{letters}]\s*\)"
            self.bound = rf"(?<![('’]){_BEGINS}[{letters}](?!['’]){_ENDS}"
        else:
            self.free = _words([x for x in labels if not _is_common(x)])
            self.bound = _words([x for x in labels if _is_common(x)])
        stated = rf"(?:(?P<free>{self.free})|(?P<bound>{self.bound}){_CLOSED})"
        either = rf"(?:{self.free}|{self.bound})"
        prompt_cue = cue_of_prefix(prefix)
        self.cued = re.compile(rf"(?:{_CUE}{prompt_cue}){_FILLER}{stated}", re.I)
        self.concluded = re.compile(rf"(?:{_ANSWER}{prompt_cue}){_FILLER}{stated}", re.I)
        self.named = re.compile(rf"(?P<free>{either})[\"'”’*_`]*(?:{_PRAISE}|{_AS_ANSWER})", re.I)
        # A label as the whole first line is a statement, whatever an explanation speaks of below;
        # but not the first of a list of labels.
        self.lead = re.compile(
            rf"\A[^\w(]*(?P<free>{either})[^\w\n(]*(?=\n|\Z)"
            rf"(?!\s*[^\w(]*{either}[^\w(]*(?:\n|\Z))",
            re.I,
        )
        # Where the answer comes first, a label that the reply begins with is one, but not a list.
        self.opening = re.compile(rf"\A[^\w(]*(?P<free>{either}){_CLOSED}", re.I)
        self.listing = re.compile(rf"\A[^\w(]*({either})[^\w(]*({either})", re.I)
        self.rival = re.compile(
            rf"[\s\"'”’*_`]*(?:[,;]?\s*\b(?:or|and)\b{_FILLER}|[,/]\s*)({either})(?!\s+(?:is|was|seems)\b)",
            re.I,
        )
        self.mention = re.compile(self.free, re.I)
        # A letter may be the article "a", with which a reply may be cut off.
        end = r"(?:[.!?\n])" if self.lettered else r"(?:[.!?\n]|\Z)"
        noun = _NOUN if self.lettered else r"(?!)"
        self.alone = re.compile(
            rf"(?:\A\W*(?P<first>{self.bound}){_CLOSED}"
            rf"|(?:[.!?]\s|\n)[^\w(]{{0,6}}(?P<line>{self.bound})(?=[^\w(]{{0,6}}(?:[.!?\n]|\Z))"
            rf"|{_COPULA}(?P<last>{self.bound})(?=[^\w,(]{{0,6}}{end})"
            rf"|{noun}(?P<noun>{self.bound})(?:{_CLOSED}|{_VERB}))",
            re.I,
        )

    def read(self, text: str, reasoned: bool, first: bool = False) -> str | None:
        """The label of the last statement; without one, the only label that is spoken of.

        `first`: the answer stands ahead of its rationale, so that the first statement counts.
        """
        if (whole := self.names.get(text) or self.names.get(_key(text))) is not None:
            return whole
        text = _KEY_WORDS.sub("", text)
        if first:
            return self._read_first(text)
        statements = self._statements(text, self.lead, self.cued, self.named)
        if statements:
            return self._stated(statements[-1])
        if reasoned and len(text.split()) > _SHORT:
            text = _SENTENCE.split(text.strip())[-1]
            if not _CONCLUDES.search(text):
                return None
        return self._only(text)

    def _read_first(self, text: str) -> str | None:
        """The label that the reply begins with: what a rationale behind it says is no answer."""
        listed = self.listing.match(text)
        if listed and len({self._name(label) for label in listed.groups()}) > 1:
            return None
        if statements := self._statements(text, self.opening, self.concluded):
            return self._stated(statements[0])
        begin = next((part for part in _SENTENCE.split(text.strip()) if part.strip()), "")
        if (label := self._only(begin)) is not None:
            return label
        statements = self._statements(text, self.cued, self.named)
        return self._stated(statements[0]) if statements else None

    def _statements(self, text: str, *rules: re.Pattern[str]) -> list[re.Match[str]]:
        """What the rules find, in the order of the text."""
        matches = (match for rule in rules for match in rule.finditer(text))
        return sorted(matches, key=lambda match: _place(match)[1])

    def _stated(self, statement: re.Match[str]) -> str | None:
        """Its label; None where it names another one beside it."""
        start, end = _place(statement)
        label = self._name(statement.string[start:end])
        rival = self.rival.match(statement.string, end)
        return None if rival and self._name(rival.group(1)) != label else label

    def _only(self, text: str) -> str | None:
        names = [match.group() for match in self.mention.finditer(text) if not _denied(match)]
        names = [name for name in names if name in self.names] or names
        if not (names and self.lettered):
            for match in self.alone.finditer(text):
                names += [name for name in match.groups() if name]
                rival = self.rival.match(text, match.end(match.lastindex or 0))
                names += [rival.group(1)] if rival else []
        labels = {self._name(name) for name in names}
        return labels.pop() if len(labels) == 1 else None

    def _name(self, text: str) -> str | None:
        return self.names.get(text) or self.names.get(_key(text))


@lru_cache(maxsize=256)
def reader(labels: tuple[str, ...], prefix: str = "") -> Reader:
    """The reader of a label set, which must not be empty."""
    return Reader(labels, prefix)


def cue_of_prefix(prefix: str) -> str:
    """A further alternative of a cue; none for a prefix that is one already."""
    words = prefix.split()
    if not words or re.search(rf"{_CUE}\Z", prefix, re.I):
        return ""
    begins = r"(?<!\w)" if words[0][0].isalnum() else ""
    return "|" + begins + r"\s+".join(map(re.escape, words))


def _place(match: re.Match[str]) -> tuple[int, int]:
    """Where the label of a statement stands."""
    groups = match.groupdict()
    return match.span("free" if groups.get("free") is not None else "bound")


def _denied(match: re.Match[str]) -> bool:
    """Whether the label is spoken of as what it is not: "cannot be (A)", "(A) is not sarcastic"."""
    text, start, end = match.string, match.start(), match.end()
    return bool(_DENIAL.search(text[max(start - 40, 0) : start]) or _DENIED.match(text, end))


def _key(text: str) -> str:
    trimmed = text.strip(_TRIM)
    if trimmed[:1].isdigit() and _DECIMAL.search(text):
        return ""
    return " ".join(trimmed.casefold().split())


def _is_common(label: str) -> bool:
    return len(label) <= 3 or label.casefold() in _COMMON


def _words(labels: list[str]) -> str:
    """A pattern for whole labels, the longest first; one that matches nothing for no label."""
    parts = [_word(label.split()) for label in sorted(labels, key=len, reverse=True)]
    return rf"{_BEGINS}(?:{'|'.join(parts)}){_ENDS}" if parts else r"(?!)"


def _word(parts: list[str]) -> str:
    first = _NUMBER_BEGINS if parts[0][0].isdigit() else ""
    last = _NUMBER_ENDS if parts[-1][-1].isdigit() else ""
    return first + r"\s+".join(map(re.escape, parts)) + last
