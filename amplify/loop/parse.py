"""Parse: from a reply to the label that it states.

Two named parsers. "published" is the rule by which the authors of BIG-Bench Hard scored their
transcripts, to the letter; "default" reads what models really write.
"""

from __future__ import annotations

import re
from functools import lru_cache

from amplify.contract.errors import PlanError

PARSERS = ("default", "published")


def parse(
    reply: str, labels: tuple[str, ...], parser: str = "default", reasoned: bool = False
) -> str | None:
    """The label that `reply` states, as it stands in `labels`; None where none can be read.

    `labels` is empty for open answers: the answer's text comes back. `reasoned` says that the
    prompt asked for a chain of thought, so that labels which the chain talks about are no answer.
    The published parser returns what it found even if it is none of the labels: a stray target is
    compared with it; whoever counts must take such an answer as unparsed unless it `matches`.
    """
    if parser == "published":
        return _published(reply, reasoned)
    if parser != "default":
        raise PlanError(
            f"there is no parser {parser!r}", where="parser", hint=f"known: {', '.join(PARSERS)}"
        )
    text = re.split(r"\n\s*Q:", reply)[0].strip()
    if not text:
        return None
    return _reader(labels).read(text, reasoned) if labels else _open(text)


def matches(answer: str | None, label: str) -> bool:
    """Whether a parsed answer is the label: equality, but for white space around them."""
    return answer is not None and answer.strip() == label.strip()


def _published(reply: str, reasoned: bool) -> str | None:
    """The whole reply, trimmed; of a chain of thought what follows its last "answer is".

    The chain is the first paragraph; a chain without "answer is" counts as a whole. Recomputes
    the published accuracy of all BIG-Bench Hard tasks (Suzgun et al. 2022, code-davinci-002).
    """
    answer = reply.strip()
    if reasoned:
        answer = answer.split("\n\n")[0].split("answer is")[-1].strip().removesuffix(".")
    return answer or None


# What may stand around a label: quotes, brackets, emphasis.
_TRIM = " \t\r\n\"'“”‘’*_`.,;:!?()[]{}"

_LETTER = re.compile(r"\(?([A-Za-z])\)?")

# Labels that are also common words: they count only where a statement or a short answer stands.
_COMMON = {"yes", "no", "true", "false", "none", "not", "all", "maybe", "both", "neither"}

# Up to a copula, but never over a negation: "the answer cannot be (A)" states nothing.
_UP_TO = r"(?:(?!\bnot\b|n['’]t\b|\bcannot\b|\bnever\b)[^.!?\n]){0,60}?"

_CUE = rf"(?:\banswer\b{_UP_TO}(?:\bis\b|\bbe\b|[:=])|\b(?:choose|select|pick|predict|go with)\b)"

_FILLER = (
    r"(?:[\s\"'“”‘’*_`:\[]|\b(?:clearly|therefore|thus|most|likely|probably|indeed|definitely|simply"
    r"|that|it|is|the|option|statement|choice|sentence|answer|label)\b)*"
)

_PRAISE = (
    r"\s+(?:is|must be|would be|seems)\s+(?:the\s+)?(?:most\s+)?(?:correct|right|best|answer)\b"
)

_AS_ANSWER = r"\s+as\s+(?:the|my|its)\s+(?:\w+\s+)?(?:answer|label|choice|option)\b"

# What may follow a label that is a bare letter or a common word: the end of a clause.
_CLOSED = (
    r"(?=\)|[\"'”’*_`)\]]*(?:\s*$|\s*[.,;:!?\n(–—-]|\s+(?:because|since|as|due|given|and|or)\b))"
)

_DENIAL = re.compile(
    r"(?:\bnot|n['’]t|\bcannot|\bnever|\bneither|\bnor)(?:\s+\w+){0,2}\s+\W*\Z", re.I
)

_DENIED = re.compile(r"\W*\s+(?:is|was|does|can|could)(?:\s+not\b|n['’]t\b|not\b)", re.I)

_KEY_WORDS = re.compile(
    r"\bkey words?:[^\n]*?(?:\bimportant clues\b|(?=\bthe answer\b)|(?=\n)|\Z)", re.I
)

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")

_CONCLUDES = re.compile(r"\b(?:so|therefore|thus|hence|conclude|conclusion)\b", re.I)


class _Reader:
    """Reads the labels of one set out of replies."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.lettered = all(_LETTER.fullmatch(label) for label in labels)
        self.names: dict[str, str] = {}
        for label in labels:
            self.names.setdefault(_key(label), label)
        self.names |= {label: label for label in labels}
        if self.lettered:
            letters = "".join(label.strip("()") for label in labels)
            self.free = rf"\(\s*[{letters}]\s*\)"
            self.bound = rf"(?<![\w'’(])[{letters}](?![\w'’])"
        else:
            self.free = _words([x for x in labels if not _is_common(x)])
            self.bound = _words([x for x in labels if _is_common(x)])
        stated = rf"(?:(?P<free>{self.free})|(?P<bound>{self.bound}){_CLOSED})"
        either = rf"(?:{self.free}|{self.bound})"
        self.cued = re.compile(rf"{_CUE}{_FILLER}{stated}", re.I)
        self.named = re.compile(rf"(?P<free>{either})[\"'”’*_`]*(?:{_PRAISE}|{_AS_ANSWER})", re.I)
        self.rival = re.compile(
            rf"[\s\"'”’*_`]*(?:[,;]?\s*\b(?:or|and)\b{_FILLER}|[,/]\s*)({either})(?!\s+(?:is|was|seems)\b)",
            re.I,
        )
        self.mention = re.compile(self.free, re.I)
        noun = r"\b(?:option|statement|choice|sentence|answer)\s+" if self.lettered else r"(?!)"
        copula = r"(?:\b(?:is|are|so|therefore|thus|hence)\b,?|=)\s+[\"'“‘*_`]*"
        self.alone = re.compile(
            rf"(?:\A\W*(?P<first>{self.bound}){_CLOSED}"
            rf"|(?:[.!?]\s|\n)[^\w(]*(?P<line>{self.bound})(?=[^\w(]*(?:[.!?\n]|\Z))"
            rf"|{copula}(?P<last>{self.bound})(?=[^\w,(]*(?:[.!?\n]|\Z))"
            rf"|{noun}(?P<noun>{self.bound}))",
            re.I,
        )

    def read(self, text: str, reasoned: bool) -> str | None:
        """The label of the last statement; without one, the only label that is spoken of."""
        if (whole := self.names.get(text) or self.names.get(_key(text))) is not None:
            return whole
        text = _KEY_WORDS.sub("", text)
        stated = max(
            (match for rule in (self.cued, self.named) for match in rule.finditer(text)),
            key=lambda match: _place(match)[1],
            default=None,
        )
        if stated is not None:
            label = self._name(text[slice(*_place(stated))])
            rival = self.rival.match(text, _place(stated)[1])
            return None if rival and self._name(rival.group(1)) != label else label
        if reasoned:
            text = _SENTENCE.split(text.strip())[-1]
            if not _CONCLUDES.search(text):
                return None
        return self._only(text)

    def _only(self, text: str) -> str | None:
        found = [match.group() for match in self.mention.finditer(text) if not _denied(match)]
        found = [name for name in found if name in self.names] or found
        if not (found and self.lettered):
            for match in self.alone.finditer(text):
                found += [name for name in match.groups() if name]
        labels = {self._name(name) for name in found}
        return labels.pop() if len(labels) == 1 else None

    def _name(self, found: str) -> str:
        return self.names.get(found) or self.names[_key(found)]


@lru_cache(maxsize=256)
def _reader(labels: tuple[str, ...]) -> _Reader:
    return _Reader(labels)


def _place(match: re.Match[str]) -> tuple[int, int]:
    """Where the label of a statement stands."""
    groups = match.groupdict()
    return match.span("free" if groups.get("free") is not None else "bound")


def _denied(match: re.Match[str]) -> bool:
    """Whether the label is spoken of as what it is not: "cannot be (A)", "(A) is not sarcastic"."""
    text, start, end = match.string, match.start(), match.end()
    return bool(_DENIAL.search(text[max(start - 40, 0) : start]) or _DENIED.match(text, end))


def _key(text: str) -> str:
    return " ".join(text.strip(_TRIM).casefold().split())


def _is_common(label: str) -> bool:
    return len(label) <= 3 or label.casefold() in _COMMON


def _words(labels: list[str]) -> str:
    """A pattern for whole labels, the longest first; one that matches nothing for no label."""
    parts = [r"\s+".join(map(re.escape, x.split())) for x in sorted(labels, key=len, reverse=True)]
    return rf"(?<!\w)(?:{'|'.join(parts)})(?!['’]?\w)" if parts else r"(?!)"


_OPEN = re.compile(r"\banswer(?:\s+is|\s*:)\s*:?[ \t]*(\S.*)", re.I)

_NUMBER = r"-?\d[\d,]*(?:\.\d+)?"


def _open(text: str) -> str | None:
    """The answer's text: what the last "answer is" states, else a reply of one line."""
    stated = _OPEN.findall(text)
    if not stated and "\n" in text:
        return None
    answer = re.split(r"\.\s+(?=[A-Z])", stated[-1] if stated else text)[0]
    answer = answer.strip().removesuffix(".").strip(" \t\"'“”‘’*_`")
    counted = re.fullmatch(rf"({_NUMBER})(?:\s+[A-Za-z]+){{0,4}}", answer)
    numbers = re.findall(rf"(?<![\w.]){_NUMBER}(?!\w)", answer)
    if counted:
        return counted.group(1).replace(",", "")
    if not stated and len(numbers) == 1 and len(answer.split()) > 2:
        return str(numbers[0]).strip(",").replace(",", "")
    return answer or None
