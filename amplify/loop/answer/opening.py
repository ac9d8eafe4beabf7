"""Tells whether a reply opens with a label, and whether that is the first entry of a list."""

from __future__ import annotations

import re

from amplify.loop.answer import endings
from amplify.loop.answer.clauses import is_open, is_rejected
from amplify.loop.answer.statements import ReplyText, Statement

_AHEAD = re.compile(
    r"[^\w]*(?:\d{1,2}[.)]\s*)?"
    r"(?:(?:clearly|definitely|mainly|mostly|overall|probably|likely|certainly|primarily|eindeutig"
    r"|insgesamt|plutôt|option|answer|choice|label|statement|opción|antwort|réponse)\s+)?[^\w]*"
)

_ENTRY = re.compile(r"\n\s*[a-z0-9]{1,2}[.)]\s")

_SENTENCE_STARTS = re.compile(r"(?:\A|[.!?;\n])[^\w]*\Z")


def opening(parsed: ReplyText) -> Statement | None:
    """The label that a reply opens with; None where it only begins a list of labels."""
    mention, text = parsed.mentions[0], parsed.text
    if not _AHEAD.fullmatch(text, 0, mention.start):
        return None
    if not endings.OPENED.match(text, mention.end) and not _is_option(parsed):
        return None
    after = parsed.after(0)
    if is_rejected(after) or is_open(after) or parsed.may_be_article(0) or is_list(parsed):
        return None
    return Statement(mention.label, 0, mention.start, mention.end)


def _is_option(parsed: ReplyText) -> bool:
    """Whether the reply is one option with its text, such as "(B) dog"."""
    first = parsed.mentions[0]
    if first.strict or not parsed.labels.lettered:
        return False
    same = all(mention.label == first.label for mention in parsed.mentions)
    return same and endings.OPTION.match(parsed.text, first.end) is not None


def is_list(parsed: ReplyText) -> bool:
    """Whether other labels, or entries, follow the first label in the same form."""
    first, text = parsed.mentions[0], parsed.text
    if first.end - first.start == 1 and _ENTRY.search(text, first.end):
        return True
    if len(parsed.mentions) < 2 or parsed.kind(0) == "denied":
        return False
    if parsed.has_rival(0):
        return True
    entry = form(text, first.end)
    return bool(entry) and any(
        other.label != first.label
        and form(text, other.end) == entry
        and (entry not in ".\n" or _SENTENCE_STARTS.search(text[: other.start]) is not None)
        for other in parsed.mentions[1:]
    )


def form(text: str, end: int) -> str:
    """The sign behind a label, as far as it marks an entry of a list; else nothing."""
    behind = text[end:].lstrip(" \t\"'”’]")
    if not behind:
        return "\n"
    return "0" if behind[0].isdigit() else behind[0] if behind[0] in ":(-–—=.)\n" else ""
