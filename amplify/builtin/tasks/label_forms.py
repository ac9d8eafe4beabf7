"""Labels that differ in form alone: by case, white space, Unicode form or number format."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from decimal import Context, Decimal, InvalidOperation

from amplify.builtin.tasks.shorten import shortened
from amplify.builtin.tasks.text_checks import is_shown

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?", re.I)
_EXACT = Context(prec=50)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+")
_LETTERS = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u03bf\u03b1\u03c1\u03bd",
    "aeopcyxijsoapv",
)
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


def form_key(label: str) -> str:
    """The key that labels share which differ in form alone.

    Case, white space, invisible characters, Unicode form, dashes, quotes, letters of other scripts
    that look like Latin ones, and the format of a number make no difference.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())
    text = _DASHES.sub("-", "".join(filter(is_shown, text))).translate(_QUOTES).translate(_LETTERS)
    if _THOUSANDS.fullmatch(text.lstrip("+-")):
        text = text.replace(",", "")
    if len(text) <= 40 and _NUMBER.fullmatch(text):
        try:
            number = Decimal(text).normalize(_EXACT)
        except InvalidOperation:
            return text
        return str(number if number else abs(number))
    return text


def form_groups(counts: Counter[str]) -> list[list[str]]:
    """The groups of two or more labels that differ in form alone, most frequent first in each."""
    groups: dict[str, list[str]] = {}
    for label, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        groups.setdefault(form_key(label) or label, []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def group_words(group: Sequence[str], counts: Counter[str] | None = None) -> str:
    """The labels of a group with their counts, escaped so that their difference is visible."""
    by_case = len({label.casefold() for label in group}) == 1
    show = repr if by_case else ascii
    numbers = {label: f" ({counts[label]})" if counts else "" for label in group}
    return " and ".join(f"{show(shortened(label))}{number}" for label, number in numbers.items())
