"""Finds where a text names a label, in any writing of it, and tells labels that differ from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from amplify.loop.answer.plain import lowered, one_form

# What may stand around a label: quotes, brackets, emphasis.
_TRIM = " \t\r\n\"'“”‘’«»„「」『』【】《》〈〉*_`.,;:!。、()[]{}<>|"

_LETTER = re.compile(r"\(?([A-Za-z])\)?")

# Labels that are also common words: they count only where a clause ends behind them.
_COMMON = {"yes", "no", "true", "false", "none", "not", "all", "maybe", "both", "neither", "other"}

UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
"""The scripts that put no space between words: Thai, Lao, Burmese, Khmer, kana, Han."""

HANGUL = "\uac00-\ud7a3"
"""Korean puts particles behind a word without a space."""

_KATAKANA = "ァ-ヺー"

SPACED = (
    r"0-9A-Za-z_\u00aa\u00b5\u00ba\u00c0-\u0dff\u0f00-\u0fff\u10a0-\u10ff\u1200-\u177f\u1800-\u1fff"
)

# A label is a whole word: no part of a longer one (unhappy, non-negative), nor of a number that is
# written with more than its digits (1.5, -1, 1,000, 1/2, 3-4, 50%).
_BEGINS = rf"(?<![{SPACED}])(?<![{SPACED}][-‐‑'’])"
_ENDS = rf"(?!['’]?[{SPACED}])(?![-‐‑][{SPACED}])"
_NUMBER_BEGINS = r"(?<![-−+.$€£¥#])(?<!\d[,:/–~])"
_NUMBER_ENDS = r"(?![.,:/^]\d)(?![^\S\n]?(?:[%°]|per ?cent\b|[-–~][^\S\n]?\d))"

_JOINT = re.compile(r"(?<=\w)[\s_-]+(?=\w)")

_OUT_OF = r"\s*(?:/|(?:out\s+)?of\b|von\b|de\b|sur\b|su\b|из\b)\s*"

_UNIT = (
    r"(?:\s*-?\s*(?:stars?|points?|sternen?|punkten?|estrellas?|puntos?|étoiles?|stelle|estrelas"
    r"|星|分|つ|点|점)(?![a-z]))"
)

_NO_PHRASE = (
    r"(?!\.\s*\d|[^\S\n]+(?:doubt|question|problem|worries|one|longer|matter|wonder|idea|way"
    r"|more|less|need)\b)"
)
"""What follows "no" where it is no answer."""

_DECIMAL = re.compile(r"\A[^\w.]*\.\d")

_NEGATION = re.compile(r"(?:not|non|no)\s(?=\w)")


class Mention(NamedTuple):
    """A place that names a label; `label` is None where it could be more than one of the set.

    `strict`: the writing is also a common word, or the article "a".
    """

    start: int
    end: int
    label: str | None
    strict: bool


class LabelSet:
    """The labels of a task, and the ways to write them.

    The pattern is compiled when a text is searched: a text that is a label needs none.
    """

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.lettered = all(_LETTER.fullmatch(label) for label in labels)
        self.marks = "".join(set("".join(labels)) & set("#*`$"))
        self._longest = 2 * max(map(len, labels)) + 80
        self._keys = {label: key(label) for label in labels}
        self._counts = Counter(self._keys.values())
        self._names = {k: label for label, k in self._keys.items() if k and self._counts[k] == 1}
        self._exact = {label: label for label in labels}

    @cached_property
    def scale(self) -> str | None:
        """The highest label of a scale of numbers; None where the labels are none."""
        return None if self.lettered else _scale([k for k in self._keys.values() if k])

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Matches every writing of every label."""
        if self.lettered:
            letters = "".join(sorted({label.strip("()").lower() for label in self._keys}))
            return re.compile(_letter_pattern(letters))
        groups = (f"({_bounded(text, way)})" for text, way, _ in self._writings)
        return re.compile("|".join(groups) or "(?!)")

    @cached_property
    def _writings(self) -> list[tuple[str, str, str | None]]:
        """Texts, their patterns and the labels that they name, the longest text first."""
        writings: list[tuple[str, str, str | None]] = []
        for label, k in self._keys.items():
            if not k:
                continue
            name = label if self._counts[k] == 1 else None
            text = lowered(one_form(label).strip())
            way = _writing(text, self.scale) + (_NO_PHRASE if k == "no" else "")
            writings.append((text, way, name))
            denied = _NEGATION.sub("", k, count=1)
            if denied != k and denied in self._counts:  # a pair such as spam and not_spam
                word = _parts(denied)
                way = rf"(?:not|no)\s+(?:an?\s+)?{word}|non[\s_-]?{word}"
                writings.append((f"not {denied}", way, name))
        return sorted(writings, key=lambda writing: len(writing[0]), reverse=True)

    @cached_property
    def _hints(self) -> re.Pattern[str]:
        hints = {_hint(text) for text, _, _ in self._writings} | ({"星"} if self.scale else set())
        return re.compile("|".join(map(re.escape, sorted(hints))) or "(?!)")

    @cached_property
    def _strict(self) -> list[bool]:
        return [name is not None and _is_common(name) for _, _, name in self._writings]

    def exact(self, text: str) -> str | None:
        """The label that the whole text is."""
        return self._exact.get(text) or self._exact.get(text.strip())

    def whole(self, text: str) -> str | None:
        """The label that the whole text is, whatever its case, form, quotes and brackets."""
        if len(text) > self._longest:
            return None
        name = self._names.get(written := key(text))
        if (
            name is None
            and written
            and (match := self.pattern.fullmatch(lowered(text.strip(_TRIM))))
        ):
            name = self._label(match)
        return name

    def mentions(self, text: str, start: int = 0) -> Iterator[Mention]:
        """Every place that names a label, in the order of the text, which is in lower case."""
        if self.lettered:
            for match in self.pattern.finditer(text, start):
                yield Mention(match.start(), match.end(), self._label(match), match.lastindex == 2)
            return
        for hint in self._hints.finditer(text, start):  # a fast search, then the slow test
            named = self.pattern.match(text, hint.start())
            if named is None or hint.start() < start:
                continue
            strict = self._strict[(named.lastindex or 1) - 1]
            yield Mention(named.start(), named.end(), self._label(named), strict)
            start = named.end()

    def _label(self, match: re.Match[str]) -> str | None:
        if self.lettered:
            return self._names.get(key(match.group()))
        return self._writings[(match.lastindex or 1) - 1][2]


def _letter_pattern(letters: str) -> str:
    """One group for letters in brackets, one for bare ones, behind one class of signs."""
    bracketed = rf"(?<=[(\[{{])\s*[{letters}]\s*[)\]}}]()"
    begins = rf"(?<![('’].)(?<![{SPACED}].)(?<![{SPACED}][-‐‑'’].)"
    return rf"[(\[{{{letters}](?:{bracketed}|(?<=[{letters}]){begins}(?!['’]){_ENDS}())"


def _hint(text: str) -> str:
    """The first signs of a writing, which every place of it begins with."""
    return _JOINT.split(text)[0][:2]


def key(text: str) -> str:
    """The one writing that all writings of a label share; empty for what is only marks."""
    text = one_form(text)
    trimmed = text.strip(_TRIM)
    if trimmed[:1].isdigit() and _DECIMAL.search(text):
        return ""
    trimmed = trimmed.casefold()
    return trimmed if trimmed.isalnum() else _JOINT.sub(" ", trimmed)


def _is_common(label: str) -> bool:
    if re.match(f"[{UNSPACED}{HANGUL}]", label):
        return len(label) == 1
    return len(label) <= 3 or label.casefold() in _COMMON


def _scale(labels: list[str]) -> str | None:
    """The highest label where the labels count up to it, from 0 or 1, to at least 3."""
    if not all(label.isascii() and label.isdigit() for label in labels):
        return None
    numbers = sorted(map(int, labels))
    steps = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    return str(numbers[-1]) if steps and numbers[0] <= 1 and numbers[-1] >= 3 else None


def _parts(text: str) -> str:
    return r"[\s_-]+".join(re.escape(part) for part in _JOINT.split(text))


def _writing(label: str, scale: str | None) -> str:
    if scale is None:
        return _parts(label)
    whole = rf"{_OUT_OF}{scale}(?![\d.,/]*\d)"
    return rf"星?{label}(?:{whole}{_UNIT}?|{_UNIT}(?:{whole})?)|星?{label}{_NUMBER_ENDS}"


def _bounded(text: str, way: str) -> str:
    """The pattern `way` with what may not stand around `text`, by the script of its ends."""
    begins, ends = _BEGINS, _ENDS
    if text[0].isdigit():
        begins += _NUMBER_BEGINS
    if text[-1].isdigit():
        ends += _NUMBER_ENDS
    if re.match(f"[{_KATAKANA}]", text):
        begins = f"(?<![{_KATAKANA}])"
    elif re.match(f"[{UNSPACED}]", text):
        begins = ""
    elif re.match(f"[{HANGUL}]", text):
        begins = f"(?<![{HANGUL}])"
    if re.match(f"[{_KATAKANA}]", text[-1]):
        ends = f"(?![{_KATAKANA}])"
    elif re.match(f"[{UNSPACED}{HANGUL}]", text[-1]):
        ends = ""
    return f"{begins}(?:{way}){ends}"
