"""Words of a text, found on the raw text, whatever a model's tokenizer makes of it.

One word is:

- letters, digits and underscores with their combining marks (decomposed accents, the vowel signs
  of Indic scripts, Hebrew and Arabic points), with apostrophes, hyphens and full stops inside
  (`don't`, `e-mail`, `U.S.A`), and with invisible characters inside (Persian half-spaces, soft
  hyphens, direction marks), but for the zero-width space, which separates;
- each ideograph and each hiragana letter, since Chinese and Japanese are written without spaces
  (so does UAX #29); runs of katakana and of Hangul are words, and so is Thai, Lao, Khmer or Burmese
  from space to space, which only a dictionary could cut;
- each emoji with its modifiers and joined parts: a family, a flag or half of one, a keycap.

Everything else is punctuation. Offsets follow the order of the characters in the text, also where
it is shown from right to left.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from amplify.contract.data import Example

# Over the kinds of the characters, a letter each: see `_kind`.
_EMOJI = "(?:e|[op]v)[mv]*"
_WORD = re.compile(
    "[wx][wxmv]*(?:[jf]+[wxmv]+|p[wx][wxmv]*)*"  # letters
    "|h[xmv]*"  # ideographs
    "|rr?[mv]*"  # flags
    f"|{_EMOJI}(?:j{_EMOJI})*"
)
_INNER = "'’＇.-‐‑·׳״"
_EXTENDERS = "々〻ーゝゞヽヾ〱〲〳〴〵"
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"
_IDEOGRAPHS = ("CJK ", "HIRAGANA ", "IDEOGRAPHIC NUMBER ")
_PICTOGRAPHS = ((0x231A, 0x231B), (0x23E9, 0x23FA), (0x2600, 0x27BF), (0x2B1B, 0x2B1C),
    (0x2B50, 0x2B55), (0x1F000, 0x1FAFF))  # fmt: skip


@lru_cache(maxsize=4096)
def _kind(character: str) -> str:
    """What a character does to words.

    w letter, digit or underscore, x repeats or lengthens the letter before it, h a word of its own,
    m mark, v emoji presentation, j joiner, f other invisible, p stands within words, r half of a
    flag, e emoji, s white space, o anything else.
    """
    code = ord(character)
    category = unicodedata.category(character)
    if character in _INNER:
        return "p"
    if character.isspace():
        return "s"
    if character in _EXTENDERS:
        return "x"
    if character in _BLANK_LETTERS:
        return "f"
    if character.isalnum() or character == "_":
        return "h" if unicodedata.name(character, "").startswith(_IDEOGRAPHS) else "w"
    if character == "\ufe0f":
        return "v"
    if category[0] == "M" or 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F:
        return "m"  # the last two: skin tones, and the tags that spell a region's flag
    if category == "Cf":
        return {"\u200c": "j", "\u200d": "j", "\u200b": "o"}.get(character, "f")
    if 0x1F1E6 <= code <= 0x1F1FF:
        return "r"
    emoji = category == "So" and any(first <= code <= last for first, last in _PICTOGRAPHS)
    return "e" if emoji else "o"


def word_ranges(text: str) -> list[tuple[int, int]]:
    """The character ranges of the words of `text`, in order."""
    kinds = text.translate({ord(character): _kind(character) for character in set(text)})
    return [match.span() for match in _WORD.finditer(kinds)]


def word_form(word: str) -> str:
    """The form in which words are compared: without case, invisible characters, or variants.

    Composed and decomposed accents, full-width letters, the two apostrophes and an emoji with and
    without its presentation mark are alike.
    """
    if word.isascii():
        return word.lower()
    seen = unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
    return unicodedata.normalize("NFKC", "".join(c for c in seen if _kind(c) not in "jfv"))


def readable_words(example: Example) -> list[tuple[int, int]]:
    """The words that a proxy reads: all, or those of the question and of the options' texts."""
    words = word_ranges(example.text)
    if not example.options:
        return words
    parts = [(option.start, option.end) for option in example.options]
    parts.append(example.question or (0, len(example.text)))
    return [(start, end) for start, end in words if any(a < end and start < b for a, b in parts)]
