"""Parses a reply: finds the label that it states.

Two named parsers. "published" is the rule by which the authors of BIG-Bench Hard scored their
transcripts, to the letter; "default" reads what models really write.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from amplify.contract.errors import PlanError
from amplify.loop.answer.labels import LabelSet
from amplify.loop.answer.plain import without_tokens
from amplify.loop.answer.reading import UNREAD, Reading
from amplify.loop.answer.reasoning import without_reasoning

if TYPE_CHECKING:
    from amplify.loop.answer.label_reader import Reader

PARSERS = ("default", "published")

_NEXT_QUESTION = re.compile(r"\n[ \t]*Q:")


def read_reply(
    reply: str,
    labels: tuple[str, ...],
    parser: str = "default",
    reasoned: bool = False,
    *,
    first: bool = False,
    prefix: str = "",
) -> Reading:
    """The label that `reply` states, as it stands in `labels`, and how the reply gives it.

    `labels` is empty for open answers: the answer's text comes back. `parser` is one of `PARSERS`.
    `reasoned` says that the prompt asked for a chain of thought, so that labels which the chain
    talks about are no answer. With `first` the first statement counts, for prompts whose
    demonstrations state the answer ahead of the rationale. `prefix` is what they put ahead of the
    label.

    The published parser gives what it finds even if that is none of the labels: whoever counts
    takes such an answer as unparsed unless it `matches`.
    """
    if parser == "published":
        return _stated(_published(reply, reasoned))
    if parser != "default":
        raise PlanError(
            f"there is no parser {parser!r}", where="parser", hint=f"known: {', '.join(PARSERS)}"
        )
    text = (_NEXT_QUESTION.split(reply)[0] if "Q:" in reply else reply).strip()
    if text.startswith("A:") and "A" not in {label.strip("()") for label in labels}:
        text = re.sub(r"\AA:\s+", "", text)  # the prompt's own cue, said again
    if not text:
        return UNREAD
    if not labels:
        answer = without_reasoning(text)
        return UNREAD if answer is None else _stated(_open(without_tokens(answer), first, prefix))
    label_set = _label_set(labels)
    if (label := label_set.exact(text) or label_set.whole(text)) is not None:
        return _stated(label)
    return _reader(labels, prefix).read(text, reasoned, first)


@lru_cache(maxsize=256)
def _label_set(labels: tuple[str, ...]) -> LabelSet:
    return LabelSet(labels)


@lru_cache(maxsize=256)
def _reader(labels: tuple[str, ...], prefix: str) -> Reader:
    from amplify.loop.answer.label_reader import Reader  # compiles its grammar: 0.2 seconds

    return Reader(_label_set(labels), prefix)


def _stated(answer: str | None) -> Reading:
    return UNREAD if answer is None else Reading(answer, "stated")


def matches(answer: str | None, label: str) -> bool:
    """Whether a parsed answer is the label: equality, but for white space around them."""
    return answer is not None and answer.strip() == label.strip()


def _published(reply: str, reasoned: bool) -> str | None:
    """The whole reply, trimmed; of a chain of thought what follows its last "answer is".

    The chain is the first paragraph; a chain without "answer is" counts as a whole. Recomputes
    the published accuracy of all BIG-Bench Hard tasks (Suzgun et al. 2022, code-davinci-002).
    """
    answer = reply.strip()
    if reasoned:
        answer = answer.split("\n\n")[0].split("answer is")[-1].strip().removesuffix(".")
    return answer or None


_OPEN = r"\banswer(?:\s+is|\s*:)\s*:?"

_NUMBER = r"-?\d[\d,]*(?:\.\d+)?"


def _open(text: str, first: bool, prefix: str) -> str | None:
    """The answer's text: what the last (or first) "answer is" states, else a reply of one line."""
    cues = "|".join(
        [_OPEN, *([r"\s+".join(map(re.escape, prefix.split()))] if prefix.split() else [])]
    )
    stated = list(re.finditer(rf"(?:{cues})[ \t]*(?=\S)", text, re.I))
    if not stated and "\n" in text and not first:
        return None
    begin = stated[0 if first else -1].end() if stated else 0
    answer = text[begin:].split("\n")[0]
    answer = re.split(r"\.\s+(?=[A-Z])", answer)[0]
    answer = answer.strip().removesuffix(".").strip(" \t\"'“”‘’*_`")
    counted = re.fullmatch(rf"({_NUMBER})(?:\s+[A-Za-z]+){{0,4}}", answer)
    numbers = re.findall(rf"(?<![\w.]){_NUMBER}(?!\w)", answer)
    if counted:
        return counted.group(1).replace(",", "")
    if not stated and len(numbers) == 1 and len(answer.split()) > 2:
        return str(numbers[0]).strip(",").replace(",", "")
    return answer or None
