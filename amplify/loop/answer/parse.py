"""Parses a reply: finds the label that it states.

Two named parsers. "published" is the rule by which the authors of BIG-Bench Hard scored their
transcripts, to the letter; "default" reads what models really write.
"""

from __future__ import annotations

import re

from amplify.contract.errors import PlanError
from amplify.loop.answer.label_reader import cue_of_prefix, reader

PARSERS = ("default", "published")


def parse(
    reply: str,
    labels: tuple[str, ...],
    parser: str = "default",
    reasoned: bool = False,
    *,
    first: bool = False,
    prefix: str = "",
) -> str | None:
    """The label that `reply` states, as it stands in `labels`; None where none can be read.

    `labels` is empty for open answers: the answer's text comes back. `reasoned` says that the
    prompt asked for a chain of thought, so that labels which the chain talks about are no answer.
    The published parser returns what it found even if it is none of the labels: a stray target is
    compared with it; whoever counts must take such an answer as unparsed unless it `matches`.

    The default parser takes the last statement, or with `first` the first one, for prompts whose
    demonstrations state the answer ahead of the rationale. `prefix` is what they put ahead of the
    label.
    """
    if parser == "published":
        return _published(reply, reasoned)
    if parser != "default":
        raise PlanError(
            f"there is no parser {parser!r}", where="parser", hint=f"known: {', '.join(PARSERS)}"
        )
    text = re.split(r"\n[ \t]*Q:", reply)[0].strip()
    if "A" not in {label.strip("()") for label in labels}:
        text = re.sub(r"\AA:\s+", "", text)  # the prompt's own cue, said again
    if not text:
        return None
    if not labels:
        return _open(text, first, prefix)
    return reader(labels, prefix).read(text, reasoned, first)


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
    stated = list(re.finditer(rf"(?:{_OPEN}{cue_of_prefix(prefix)})[ \t]*(?=\S)", text, re.I))
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
