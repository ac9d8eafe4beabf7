"""Takes out what a reply only quotes."""

from __future__ import annotations

import re

from amplify.loop.answer import endings
from amplify.loop.answer.labels import LabelSet

_QUOTATION = re.compile(  # one class of signs first, which is searched fast
    r"[“„\"«「『'‘](?:(?<!['‘])([^“”„\"«»「」『』\n]{1,400})[”“\"»」』]"
    r"|(?<=['‘])(?<!\w.)([^'‘’\n]{1,300})['’](?!\w))"
)

_SIGNS = re.compile("[“„\"«「『‘']")

_GAP = "\ue000"


def without_quotations(text: str, labels: LabelSet) -> str:
    """The reply with a gap for each quotation that holds more than a label.

    A reply that is one quotation is what it quotes.
    """
    if not _SIGNS.search(text):
        return text
    if (whole := _QUOTATION.fullmatch(text.strip())) is not None:
        return whole[1] or whole[2]

    def gap(quotation: re.Match[str]) -> str:
        words = quotation[1] or quotation[2]
        named = labels.pattern.search(words)
        if named is None or labels.whole(words) is not None:
            return quotation.group()
        if labels.lettered and not named.start() and endings.OPENED.match(words, named.end()):
            return quotation.group()  # an option: "B) dog"
        return _GAP + (words[-1] if words[-1] in ".!。" else "")

    return _QUOTATION.sub(gap, text)
