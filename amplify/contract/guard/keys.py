"""Keys taken out of text, in the forms in which services and libraries repeat them."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

TELLING = frozenset(
    {"KEY", "APIKEY", "TOKEN", "PAT", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE"}
    | {"CREDENTIAL", "CREDENTIALS"}
)
"""The last words of names of variables that hold secrets."""

SHORTEST = 6
"""Letters below which a value is no key: it would be taken out of ordinary words."""

PART = 8
"""Letters in a row that are a part of a key, of one that has twice as many or more."""

Span = tuple[int, int, str]
"""Where a key begins and ends in a text, and what is shown in its place."""

_GAP = re.compile("[^!-~]+")
_ESCAPED = re.compile(r"\\(?:(?:u00|x)([0-9a-fA-F]{2})|(.))", re.DOTALL)
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}


def is_key(name: str) -> bool:
    """Whether a variable of this name holds a secret."""
    return name.upper().split("_")[-1] in TELLING


def secret_values() -> dict[str, str]:
    """The values of the environment's variables that hold secrets, with their names."""
    values = {}
    for name, value in os.environ.items():
        key = value.strip()
        if name.upper().endswith("_PROXY"):
            key = _password(key)
        elif not is_key(name):
            continue
        if len(key) >= SHORTEST:
            values[key] = name
    return values


class Scrubber:
    """Takes keys out of text: `values` are the keys, each with the name that is shown instead.

    A key is found with blanks and line breaks in it, percent-encoded (twice as well), escaped as in
    JSON, in HTML or with `\\x`, in hexadecimal digits and in Base64, and in no other form. Of the
    keys in `parts` any eight letters in a row are taken out as well: whoever repeats them may have
    cut them.
    """

    def __init__(self, values: Mapping[str, str], parts: Collection[str] = ()) -> None:
        self._forms = [
            (form, f"[{values[value]}]")
            for value in sorted(values, key=len, reverse=True)
            for form in _forms(value)
        ]
        self._parts = {
            value[at : at + PART]: f"[{values[value]}]"
            for value in parts
            if len(value) >= 2 * PART
            for at in range(len(value) - PART + 1)
        }

    def __call__(self, text: str) -> str:
        """The text without the keys."""
        spans = self.find(text)
        text = "".join(_without((text,), spans)) if spans else text
        return self._without_parts(text) if self._parts else text

    def holds(self, texts: Iterable[str]) -> bool:
        """Whether a whole key is in one of the texts; it may also be in several together."""
        if not self._forms:
            return False
        views = _views("\n".join(texts))
        return any(form in view for form, _ in self._forms for view in views)

    def find(self, text: str) -> list[Span]:
        """Where the text holds whole keys."""
        spans: list[Span] = []
        views = _views(text) if self._forms else ()
        for form, shown in self._forms:
            if any(form in view for view in views):
                taken = [(start, end) for start, end, _ in spans]
                for match in _pattern(form).finditer(text):
                    if not any(a < match.end() and match.start() < b for a, b in taken):
                        spans.append((*match.span(), shown))
        return sorted(spans)

    def tokens(self, tokens: Sequence[str]) -> list[str]:
        """As many tokens, without the keys that they hold together."""
        spans = self.find("".join(tokens))
        return _without(tokens, spans) if spans else list(tokens)

    def _without_parts(self, text: str) -> str:
        pieces, at, last = [], 0, len(text) - PART
        while at <= last:
            shown = self._parts.get(text[at : at + PART])
            if shown is None:
                pieces.append(text[at])
                at += 1
                continue
            while at <= last and text[at : at + PART] in self._parts:
                at += 1
            at += PART - 1
            pieces.append(shown)
        return "".join(pieces) + text[at:]


def _without(tokens: Sequence[str], spans: Sequence[Span]) -> list[str]:
    """The tokens with what is shown in place of the spans, which are places in all of them."""
    scrubbed, begin = [], 0
    for token in tokens:
        end, at, kept = begin + len(token), begin, ""
        for start, stop, shown in spans:
            if stop <= begin or start >= end:
                continue
            kept += token[at - begin : max(start - begin, 0)]
            kept += shown if start >= begin else ""
            at = min(stop, end)
        scrubbed.append(kept + token[at - begin :])
        begin = end
    return scrubbed


def _forms(value: str) -> list[str]:
    """The texts of a key that are looked for, without anything that may stand between letters."""
    plain = _GAP.sub("", value)
    if len(plain) < SHORTEST:
        return [value]
    import base64  # list-plugins does without

    coded = []
    for before in range(3) if len(plain) >= 2 * SHORTEST else ():
        # Base64 depends on how many bytes stand before; its first and last letters on which ones.
        data = base64.b64encode(bytes(before) + value.encode("utf-8", "surrogateescape")).decode()
        whole = data.rstrip("=")[(0, 2, 3)[before] : -1]
        coded += [whole, whole.translate(str.maketrans("+/", "-_"))]
    digits = value.encode("utf-8", "surrogateescape").hex()
    return list(dict.fromkeys((plain, digits, digits.upper(), *coded)))


def _views(text: str) -> list[str]:
    """The text without gaps, as it is and with what is escaped in it read."""
    views = [text, _squeezed(text)]
    if "%" in text:
        from urllib.parse import unquote  # most texts have none

        once = unquote(text)
        views.append(_squeezed(once))
        if "%" in once:
            views.append(_squeezed(unquote(once)))
    if "&" in text:
        import html

        views.append(_squeezed(html.unescape(text)))
    if "\\" in text:
        views.append(_squeezed(_ESCAPED.sub(_read, text)))
    return views


def _squeezed(text: str) -> str:
    squeezed = "".join(text.split())
    return squeezed if squeezed.isascii() and squeezed.isprintable() else _GAP.sub("", squeezed)


def _read(escaped: re.Match[str]) -> str:
    return chr(int(escaped[1], 16)) if escaped[1] else escaped[2]


@lru_cache(maxsize=256)
def _pattern(form: str) -> re.Pattern[str]:
    """What finds a key: its letters, each in any way of writing it, and gaps between them."""
    gap = _GAP.pattern[:-1] + "*"
    return re.compile(gap.join(map(_ways, form)) if _GAP.sub("", form) == form else re.escape(form))


def _ways(letter: str) -> str:
    code = ord(letter)
    ways = [
        f"%(?:25)?(?i:{code:02x})",
        rf"\\(?:u00|x)(?i:{code:02x})",
        f"&#0*{code};",
        f"&#[xX]0*(?i:{code:x});",
    ]
    if letter in "\\/\"'":
        ways.append(re.escape(f"\\{letter}"))
    if letter in _NAMED:
        ways.append(_NAMED[letter])
    return f"(?:{'|'.join((*ways, re.escape(letter)))})"


def _password(address: str) -> str:
    """The password in the address of a proxy."""
    from urllib.parse import unquote, urlsplit

    try:
        return unquote(urlsplit(address).password or "")
    except ValueError:
        return ""
