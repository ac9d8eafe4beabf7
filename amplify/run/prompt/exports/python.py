"""A finished prompt as a Python module that needs no library."""

from __future__ import annotations

from pprint import pformat
from typing import Any

from amplify.run.prompt.exports.formats import require_one_reply
from amplify.run.prompt.finished import FinishedPrompt

MODULE = '''"""A prompt that labels a text, written by `amplify export`.

`messages(text)` gives the chat messages to send, MAX_TOKENS and STOP go with them, and
`read(reply)` gives the label that a reply states, or None.
"""

import re

PROVENANCE = {provenance}

LABELS = {labels}

# What an LLM that ranks continues the prompt with, for each label; empty: it writes its answer.
RANKED = {ranked}

CUE = {cue}

MAX_TOKENS = {max_tokens}

STOP = {stop}

# The messages: their role, and the parts of their content; None is the place of the input.
TURNS = {turns}

NEGATION = r"\\b(?:no|non|not|nor|never|neither|cannot|without|unclear|unsure)\\b|n['\\u2019]t\\b"


def messages(text):
    """The chat messages that ask about a text."""
    return [
        {{"role": role, "content": "".join(text if part is None else part for part in parts)}}
        for role, parts in TURNS
    ]


def read(reply):
    """The label that a reply states; None where it states none, or more than one, or denies it.

    Where labels are ranked, the reply is the text of RANKED that was ranked first. The reader of
    amplify reads more forms than this one: `amplify.load(FILE)` has it.
    """
    for stop in STOP:
        reply = reply.split(stop)[0]
    for label, ranked in RANKED.items():
        if reply == ranked:
            return label
    text = _plain(reply)
    if not LABELS:
        return text or None
    if reply.strip() in LABELS:
        return reply.strip()
    forms = [_plain(label) for label in LABELS]
    by_form = {{f: label for f, label in zip(forms, LABELS) if f and forms.count(f) == 1}}
    if text in by_form:
        return by_form[text]
    for mark in ("answer is", ":"):
        head, _, form = text.rpartition(mark)
        clause = re.split(r"[,.;:!?\\n]", head)[-1]
        if _plain(form) in by_form and not re.search(NEGATION, clause):
            return by_form[_plain(form)]
    names = "|".join(re.escape(form) for form in sorted(by_form, key=len, reverse=True))
    word = rf"(?<![\\w-])(?:{{names}})(?![\\w-])"
    named = set(re.findall(word, text)) if names else set()
    if len(named) == 1 and not re.search(NEGATION, re.sub(word, "", text)):
        return by_form[named.pop()]
    return None


def _plain(text):
    return text.strip().strip(".,;:!?*_`\\"'()[]").strip().casefold()
'''


def as_module(finished: FinishedPrompt) -> str:
    """The module's source; everything that comes from data stands in it as a literal of Python."""
    require_one_reply(finished, "python")
    answer, provenance = finished.answer, finished.provenance
    turns = [
        (turn.role, [part if isinstance(part, str) else None for part in turn.parts])
        for turn in finished.layout.turns
    ]
    about = {
        "arm": finished.name,
        "task": provenance.task,
        "score": provenance.score,
        "gain": provenance.gain,
        "plan": provenance.plan,
        "provider": provenance.provider,
        "versions": provenance.versions,
        "demonstrations": [shown.id for shown in provenance.demonstrations],
    }
    return MODULE.format(
        provenance=_literal(about),
        labels=_literal(list(finished.labels)),
        ranked=_literal(answer.ranked),
        cue=_literal(answer.cue),
        max_tokens=_literal(answer.max_tokens),
        stop=_literal([text for text in answer.stop if text]),
        turns=_literal(turns),
    )


def _literal(value: Any) -> str:
    """The value as Python source in ASCII, laid out over lines."""
    return pformat(value, width=96, sort_dicts=False).encode("ascii", "backslashreplace").decode()
