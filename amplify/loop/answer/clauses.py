"""Tells what the clause ahead of a label makes of it, and whether the text behind it ends there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from amplify.loop.answer import endings, grammar
from amplify.loop.answer.plain import BOX

Form = Literal["box", "rationale", "final", "answer", "aspect", "choice", "predicate", "alone"]


class ClauseLead(NamedTuple):
    """How a clause leads to a label.

    `form`: it puts the label in a box, predicts it in a rationale, gives it as the final answer,
    as the answer, as the text's sentiment or topic, as what "I choose", says it of the text, or
    has no words of its own. `impression`: it says how the text looks. `concludes`: it begins with
    a word such as "therefore". `contrasts`: it ends in a word such as "but". `frees`: it holds
    whatever the clauses ahead of it speak of. `depends`: it begins with "that".
    """

    form: Form
    impression: bool = False
    concludes: bool = False
    contrasts: bool = False
    frees: bool = False
    depends: bool = False


@lru_cache(maxsize=8192)
def lead(text: str) -> ClauseLead | None:
    """How the text from the start of a clause to a label leads to it; None where it does not."""
    match = grammar.STATEMENT.fullmatch(text)
    if match is None:
        return None
    form: Form = "alone"
    if match["box"]:
        form = "box"
    elif match["answer"]:
        final = grammar.FINAL.search(match["answer"]) is not None
        form = "aspect" if match["aspect"] else "final" if final else "answer"
    elif match["rationale"]:
        form = "rationale"
    elif match["choice"]:
        form = "choice"
    elif match["predicate"]:
        form = "predicate"
    return ClauseLead(
        form,
        match["predicate"] is not None and _IMPRESSION.search(match["predicate"]) is not None,
        grammar.CONCLUSION.match(text) is not None,
        grammar.CONTRAST.search(text) is not None,
        grammar.FREEING.match(text) is not None,
        grammar.SUBORDINATE.match(text) is not None,
    )


_IMPRESSION = re.compile(r"\b(?:seems|looks|sounds|reads|appears|scheint|parece|semble)\b|看起来")

_BUT = re.compile(r"[^\w]*(?:but|yet|however|though|aber|pero|mais|但|其实)")


def only_seems(way: ClauseLead, after: str) -> bool:
    """Whether a clause tells how the text looks, and another one what it is: "…, but …"."""
    return way.impression and _BUT.match(after) is not None


def starts(before: str) -> Iterator[int]:
    """Where a clause may start, in the text of a sentence ahead of a label."""
    yield 0
    for match in grammar.CLAUSE.finditer(before):
        sign = match.group()
        if sign == BOX:
            yield match.start()
        yield match.start() + (sign in ",;:、=" or sign == BOX)


def is_free(earlier: str, way: ClauseLead) -> bool:
    """Whether the clauses ahead of a clause leave it what it states.

    A condition never does; a guess or another's view does where the clause begins with "but" or
    "so", or where the whole sentence begins with "although" or "since".
    """
    if not earlier.strip():
        return True
    if way.depends and grammar.NEGATION.search(earlier):
        return False
    if way.frees or grammar.CONCESSION.match(earlier):
        return not grammar.CONDITION.search(earlier)
    return not grammar.DOUBT.search(earlier)


_ENDS_SENTENCE = re.compile(r"[^\w(\[:]*")

_ENDINGS = " .!\"'”’»)\n"


def ends_sentence(after: str) -> bool:
    """Whether nothing but marks follows a label in its sentence."""
    return _ENDS_SENTENCE.fullmatch(after) is not None


def ends_clause(after: str) -> bool:
    """Whether a label's clause ends behind it."""
    return not after.strip(_ENDINGS) or endings.CLOSED.match(after) is not None


def is_rejected(after: str) -> bool:
    """Whether what follows a label says that it is not the answer."""
    return bool(after.strip(_ENDINGS)) and endings.REJECTED.match(after) is not None


def is_open(after: str) -> bool:
    """Whether what follows a label in its sentence makes of it a question or a condition."""
    if not after.strip(_ENDINGS):
        return False
    return grammar.is_question(after) or grammar.CONDITION.search(after) is not None
