"""Which field of a call a server does not take, where its error names it in words alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

REFUSES = re.compile(
    r"unsupported|extra_forbidden|unrecogni[sz]ed|deprecated|cannot find field"
    r"|\b(?:not|n[o']t|no longer|never)\s+(?:(?:currently|yet|be)\s+)?"
    r"(?:supported|permitted|allowed|accepted|recogni[sz]ed|available|enabled|implemented"
    r"|support|permit|allow|accept|recogni[sz]e|take)\b"
    r"|n't\s+(?:support|permit|allow|accept|recogni[sz]e|take)"
    r"|\bunknown\s+(?:name|field|parameter|argument|option|key|property)"
    r"|\bunexpected\s+(?:keyword|field|parameter|argument|option|key|property)"
    r"|\bnot an? (?:valid|known) (?:field|parameter|argument|option|key|property)"
    r"|\badditional propert|\bmust be (?:omitted|removed)|\bextra (?:inputs|fields)",
    re.IGNORECASE,
)
"""Words by which a field is refused, rather than its value or the whole call."""

TAKES = re.compile(
    r"\b(?:expected one of|use|try|only|instead)\b"
    r"|[,;(:]\s*(?:supported|allowed|valid|available)\b",
    re.IGNORECASE,
)
"""Behind these words stands what is taken."""

MOST = 4000
"""Characters of a message that are looked at."""

DEPTH = 6
"""How deep in an error's body the places of single errors are looked for."""


def refused_fields(body: object, message: str, fields: Collection[str]) -> tuple[str, ...]:
    """Those of the call's `fields` that an error refuses.

    `body` is the decoded body of the error, `message` what it says in words. The places (`loc`) of
    a list of errors count, the first alone: the others will be refused in their turn. Else those
    that are named where the message says that something is not taken.
    """
    placed = [name for name in _places(body) if name in fields]
    return tuple(dict.fromkeys(placed[:1] or _named(message[:MOST], fields)))


def _places(body: object, depth: int = 0) -> Iterator[str]:
    """The last steps of the places of errors that refuse what stands there."""
    if depth > DEPTH:
        return
    if isinstance(body, Mapping):
        place = body.get("loc")
        error = f"{body.get('type')} {body.get('msg')}"
        if isinstance(place, list) and place and REFUSES.search(error):
            yield str(place[-1])
        body = list(body.values())
    if isinstance(body, list):
        for value in body:
            yield from _places(value, depth + 1)


def _named(message: str, fields: Collection[str]) -> Iterator[str]:
    for sentence in re.split(r"(?<=[.;!?])\s+|\n+", message):
        if not REFUSES.search(sentence):
            continue
        refusal = TAKES.split(sentence, maxsplit=1)[0]
        # Where nothing is refused before those words, they do not say what is taken.
        refusal = refusal if REFUSES.search(refusal) else sentence
        for name in sorted(fields):
            if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", refusal, re.IGNORECASE):
                yield name
