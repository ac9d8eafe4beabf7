"""Brings a reply to plain text: one Unicode form, no end tokens, emphasis, brackets or LaTeX."""

from __future__ import annotations

import html
import re
import unicodedata

BOX = "\ue001"
"""Stands ahead of what a reply puts in a box, as models trained on mathematics do."""

BOX_END = "\ue002"

RATIONALE = "\ue003"
"""Stands for the key words of a rationale, which name no label."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff\ufe00-\ufe0f]")

_RAISED = re.compile("(?<=[0-9])([\u00b2\u00b3\u00b9\u2070-\u2079\u2080-\u2089])")

_TOKEN = re.compile(
    r"<\|[^<>|\n]{1,40}\|>|</?s>|<(?:eos|bos|pad|unk)>|<(?:start|end)_of_turn>|\[/?(?:EOS|BOS|INST)\]",
    re.I,
)

_ROLE = re.compile(r"\s*(?:assistant|model)\b[^\S\n]*(?=\n|<\||$)", re.I)

_STYLE = r"(?:text|math)(?:rm|bf|it|tt|sf|normal)?|mbox|operatorname|rm|bf"

_STYLED = re.compile(rf"\\(?:{_STYLE})\s*\{{([^{{}}]*)\}}", re.I)

_BOXED = re.compile(r"\\(?:boxed|fbox|framebox)\s*\{([^{}]*)\}", re.I)

_LATEX = re.compile(r"\\(?:left|right|displaystyle|quad|qquad)\b|\\[()\[\],;:! ]")

_DOLLARS = re.compile(r"\$+([^$\n]{1,200})\$+")

_HTML = re.compile(
    r"</?(?:b|i|u|p|em|strong|code|span|mark|br|div|h[1-6]|center)(?:\s[^<>]*)?/?>", re.I
)

_UNDERSCORES = re.compile(r"(?<![^\W_])_+(?=[^\W_])|(?<=[^\W_])_+(?![^\W_])")

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[\w-]*[ \t]*$", re.M)

_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+|^[ \t]*#{4,}", re.M)

_QUOTED_LINE = re.compile(r"^[ \t]*>(?!>).*$", re.M)

_SHORT_FORMS = [
    (re.compile(r"n['’]t\b"), " not"),
    (re.compile(r"['’]d\b"), " would"),
    (re.compile(r"['’]ll\b"), " will"),
    (re.compile(r"\bi['’]m\b"), "i am"),
    (re.compile(r"\b(it|that|this|there|what|answer|label|verdict)['’]s\b"), r"\1 is"),
]


def one_form(text: str) -> str:
    """Unicode's compatibility form, without invisible characters; what is raised stays apart."""
    if text.isascii():
        return text
    text = _RAISED.sub(r"^\1", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFKC", text)


def lowered(text: str) -> str:
    """The text in lower case, as long as it was."""
    low = text.lower()
    return (
        low
        if len(low) == len(text)
        else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
    )


def without_tokens(text: str) -> str:
    """The reply without its role header, up to the first token that ends it."""
    if "<" not in text and "[" not in text:
        return text
    start = 0
    for token in _TOKEN.finditer(text):
        if text[start : token.start()].strip():
            return text[start : token.start()]
        role = _ROLE.match(text, token.end())
        start = role.end() if role else token.end()
    return text[start:]


def unescaped(text: str) -> str:
    """The reply with the characters that HTML would write as entities."""
    return html.unescape(text) if "&" in text and ";" in text else text


def plain(text: str, keep: str = "") -> str:
    """The reply without marks that only style it. `keep` has the characters that labels need."""
    if "\\" in text:
        text = text.replace("\\_", "_")
        for _ in range(2):
            text = _STYLED.sub(r" \1 ", text)
        text = _BOXED.sub(rf" {BOX}\1{BOX_END} ", text)
        text = _LATEX.sub(" ", text)
    if "$" in text and "$" not in keep:
        text = _DOLLARS.sub(r" \1 ", text)
    if "<" in text:
        text = _HTML.sub("", text)
    if ">" in text and (rest := _QUOTED_LINE.sub("", text)).strip():
        text = rest
    if "`" in text or "~" in text:
        text = _FENCE.sub("", text)
    if "#" in text and "#" not in keep:
        text = _HEADING.sub("", text)
    for mark in "*`":
        if mark in text and mark not in keep:
            text = text.replace(mark, "")
    if "_" in text:
        text = _UNDERSCORES.sub("", text)
    return text


def long_forms(text: str) -> str:
    """A text in lower case with "is not" for "isn't", "it is" for "it's" and the like."""
    if "'" in text or "’" in text:
        text = text.replace("can't", "cannot").replace("can’t", "cannot")
        for pattern, written in _SHORT_FORMS:
            text = pattern.sub(written, text)
    return text.replace("can not", "cannot")
