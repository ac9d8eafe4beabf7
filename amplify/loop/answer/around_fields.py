"""Tells whether the sentence around a structured answer takes from it what it states."""

from __future__ import annotations

import re

from amplify.loop.answer import grammar, words
from amplify.loop.answer.clauses import is_free, is_rejected, lead, starts
from amplify.loop.answer.plain import long_forms, lowered, plain

_CHOOSES = (
    r"be|is|say|answer|choose|select|pick|predict|call|label|classify|rate|give|write|output"
    r"|reply|return|respond|mean|sagen|antworten|wählen|schreiben|decir|responder|elegir"
    r"|dire|répondre|choisir"
)

_NOT_CHOSEN = re.compile(
    rf"{grammar.word(words.NEGATION)}(?:\s+\w+)?\s+{grammar.word(_CHOOSES)}"
    rf"|{words.UNSPACED_NEGATION}"
)
"""What denies, in a clause that a colon ends, the answer that follows."""

_WRONG = re.compile(
    grammar.word(r"wrong\w*|incorrect\w*|mistaken|false|falsch\w*|fausse?s?|faux|falsas?|falsos?")
    + "|错误|誤り|誤った"
)

_OTHERS = re.compile(
    grammar.word(
        r"others?|someone|annotators?|colleagues?|previous\w*"
        r"|(?:people|critics?|readers?|reviewers?) (?:may|might|would|could|says?|said|chose)"
        r"|an example|for example|for instance|such as|e\.g\.?"
        r"|examples? (?:outputs?|answers?|repl(?:y|ies)|responses?|formats?)"
        r"|andere|zum beispiel|otros|por ejemplo|d'autres|par exemple"
    )
)
"""What says, in a clause that a colon ends, that the answer is another's, or an example."""

_VERB = re.compile(
    rf"\s*{grammar.word('is|was|are|would be|could be|might be|ist|wäre|es|sería|est|serait')}"
)

_ASKED = re.compile(r"[^\w\n]*[?？]")

_CLAUSE_ENDS = re.compile(r"[,;:.!?\n]")


def is_withheld(before: str, after: str) -> bool:
    """Whether a structured answer is denied, asked about, supposed, or another's.

    `before` is the text ahead of it, `after` the text behind it, of which its own line and
    sentence count.
    """
    return _is_denied_ahead(before) or _is_denied_behind(after)


def _is_denied_ahead(before: str) -> bool:
    ahead = long_forms(lowered(plain(before))).lstrip()
    text = ahead.rstrip()
    introduced = text.endswith((":", "："))
    if not text or ("\n" in ahead[len(text) :] and not introduced):
        return False
    text = text.rstrip(":： ")
    ends = [end for end in grammar.sentence_ends(f"{text} ") if end <= len(text) + 1]
    sentence = text[ends[-1] if ends else 0 :]
    if not sentence.strip():
        return False
    start = max(starts(sentence))
    clause = sentence[start:]
    if introduced:
        signs = (_NOT_CHOSEN, _WRONG, _OTHERS)
        denied = any(sign.search(clause) for sign in signs)
        return denied or grammar.CONDITION.search(sentence) is not None
    way = lead(f"{clause} ")
    if way is not None:
        return not is_free(sentence[:start], way)
    return bool(
        grammar.NEGATION.search(clause)
        or grammar.DOUBT.search(clause)
        or grammar.CONDITION.search(sentence)
    )


def _is_denied_behind(after: str) -> bool:
    if _ASKED.match(after):
        return True
    line = after.split("\n")[0]
    if line.lstrip()[:1].isupper():
        return False  # another sentence
    text = long_forms(lowered(plain(line)))
    ends = grammar.sentence_ends(text)
    sentence = text[: ends[0]] if ends else text
    if is_rejected(sentence):
        return True
    if (verb := _VERB.match(sentence)) is None:
        return False
    rest = _CLAUSE_ENDS.split(sentence[verb.end() :])[0]
    return bool(grammar.NEGATION.search(rest) or grammar.DOUBT.search(rest))
