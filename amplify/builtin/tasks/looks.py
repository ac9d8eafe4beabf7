"""Texts that are not what they look like: blank, alike, damaged, or taken for control."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, InvalidOperation

from amplify.builtin.files import LOST

MISSING = frozenset(
    {"nan", "-nan", "<na>", "nat", "#n/a", "#na", "#null!", "1.#qnan", "1.#ind", "\\n"}
)
"""What programs write where a value is missing; no word of a language."""

MISSING_WORDS = MISSING | {"none", "null", "nil", "na", "n/a", "n.a.", "undefined", "missing", "?"}
"""With the words that mean it, which may be a class too."""

MANY_LINES = 10
"""Lines of a cell that are many, where few cells have as many."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]"
)
_LETTERLIKE = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters by their category that show nothing."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,4})?", re.I)
_EXACT = Context(prec=50)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_TOKENS = re.compile(
    r"<\|[^<>|\s]{1,40}\|>|<\uff5c[^<>\s]{1,40}\uff5c>|</?s>|<(?:bos|eos|pad|unk|mask|sep|cls)>"
    r"|<(?:start|end)_of_(?:turn|text|image)>|\[/?INST\]|<</?SYS>>"
    r"|\[(?:CLS|SEP|MASK|PAD|UNK|BOS|EOS)\]"
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+")
_LETTERS = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u03bf\u03b1\u03c1\u03bd",
    "aeopcyxijsoapv",
)
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


def is_blank(text: str) -> bool:
    """Whether nothing of the text is seen: white space and invisible characters alone."""
    if text[:1].isalnum() and text[0] not in _LETTERLIKE:
        return False
    return not any(_shows(char) or _CONTROL.match(char) for char in text)


def first(names: Sequence[str], most: int = 5) -> str:
    """How many there are, and the first of them in brackets."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{len(names)} ({', '.join(names[:most])}{more})"


def cut(text: str, most: int = 60) -> str:
    """The text for a message: whole, or its first `most` characters and an ellipsis."""
    return text if len(text) <= most else f"{text[:most]}…"


def alike_key(label: str) -> str:
    """What labels have in common that differ in form alone.

    Case, white space, invisible characters, Unicode form, dashes, quotes, letters of other scripts
    that look like Latin ones, and the format of a number are levelled.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).casefold())
    text = _DASHES.sub("-", _seen(text)).translate(_QUOTES).translate(_LETTERS)
    if _THOUSANDS.fullmatch(text.lstrip("+-")):
        text = text.replace(",", "")
    if len(text) <= 40 and _NUMBER.fullmatch(text):
        try:
            number = Decimal(text).normalize(_EXACT)
        except InvalidOperation:
            return text
        return str(number if number else abs(number))
    return text


def alike(counts: Counter[str]) -> list[list[str]]:
    """The groups of two or more labels that differ in form alone, most frequent first in each."""
    groups: dict[str, list[str]] = {}
    for label, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        groups.setdefault(alike_key(label) or label, []).append(label)
    return [group for group in groups.values() if len(group) > 1]


def show_alike(group: Sequence[str], counts: Counter[str] | None = None) -> str:
    """The labels of a group with their counts, so that what tells them apart is seen."""
    by_case = len({label.casefold() for label in group}) == 1
    show = repr if by_case else ascii
    told = {label: f" ({counts[label]})" if counts else "" for label in group}
    return " and ".join(f"{show(cut(label))}{count}" for label, count in told.items())


def is_missing(text: str, words: frozenset[str] = MISSING) -> bool:
    """Whether the text is one of the `words` for a missing value."""
    return text.strip().casefold() in words


def odd_texts(items: Iterable[tuple[str, str, str]]) -> list[str]:
    """Notes on what the items hold that few mean to be there.

    An item is its place, its text, and what else is told of it.
    """
    lost, control, tokens, missing = [], [], [], []
    for place, text, others in items:
        whole = f"{text}\n{others}"
        if LOST in whole:
            lost.append(place)
        if found := _CONTROL.search(whole):
            control.append(f"{place} {found[0]!a}")
        if found := _TOKENS.search(whole):
            tokens.append(f"{place} {found[0]!r}")
        if is_missing(text, MISSING_WORDS):
            missing.append(f"{place} {text.strip()!r}")
    told = (
        (lost, "items with U+FFFD in place of a character that is lost, as of a cut emoji"),
        (control, "items with control characters, which are kept"),
        (
            tokens,
            "items with what may be a model's control token; local LLMs read it as text (a proxy"
            " reads a mask as one), what a service makes of it is not known",
        ),
        (missing, "texts that are nothing but a word for a missing value"),
    )
    return [f"{what}: {first(places)}" for places, what in told if places]


class Swallowed:
    """Looks for cells over many lines that a stray quote may have made."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._rows = 0
        self._labels: set[str] = set()
        self._long: list[tuple[int, int]] = []
        self._inner: list[tuple[int, int, set[str]]] = []

    def look(self, cells: Sequence[str], label: int, begins: int, ends: int) -> None:
        """Look at a row from line `begins` to line `ends` whose label stands at place `label`."""
        self._rows += 1
        self._labels.add(cells[label].strip())
        if begins == ends:
            return
        if ends - begins + 1 >= MANY_LINES:
            self._long.append((begins, ends))
        parts = [line.split(self._delimiter) for cell in cells for line in cell.split("\n")]
        labels = {part[label].strip() for part in parts if len(part) == len(cells)}
        self._inner.append((begins, ends, labels - {""}))

    def notes(self, name: str) -> list[str]:
        """A note on cells that hold rows, or that are longer than others by far."""
        holding = {(a, b) for a, b, labels in self._inner if labels & self._labels}
        rare = len(self._long) <= max(1, self._rows // 20)
        found = sorted(holding | set(self._long if rare else ()))
        if not found:
            return []
        places = [f"{name}:{begins} to {ends}" for begins, ends in found]
        return [
            f"cells that run over lines and hold what may be rows of their own: {first(places)};"
            ' where a stray quote joins them, mend it, or say quoting = "none"'
        ]


def _seen(text: str) -> str:
    """The text without white space and what shows nothing."""
    return "".join(filter(_shows, text))


def _shows(char: str) -> bool:
    """Whether something is seen of the character."""
    hidden = char.isspace() or unicodedata.category(char) in ("Cf", "Cc")
    return not hidden and not _INVISIBLE.match(char)
