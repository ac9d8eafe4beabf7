"""Reads the label, and the rationale, out of what a service replied where it was asked for one."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from amplify.contract.calls import Completion, Usage
from amplify.kit.label_calls import LABEL, RATIONALE, LabelCall, plain_continuations
from amplify.kit.label_logprobs import LikelyTokens, label_logprobs
from amplify.kit.stated_labels import (
    LabelObject,
    json_unescaped,
    label_in_words,
    label_object,
    structured_label,
)

HELD_BACK = frozenset({"refusal", "content-filter"})
"""Why a reply ended that is no answer."""

UNLABELLED = "no-label"
"""Why a reply ended which names none of the labels that were to be ranked."""

NO_LABEL = "without a label: the reply does not name one of them alone"
IGNORED = "without a label: the server passed the schema over"
IN_WORDS = "label read from a reply in words: the server passed the schema over"
UNTOLD = (
    "without the labels' log-probabilities: not all of them are among the likeliest tokens that the"
    " server tells"
)

CUT = re.compile(rf'\s*\{{\s*"{RATIONALE}"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)
"""The beginning of a structured reply that was cut within its rationale or behind it."""

LAST = re.compile(rf'"{LABEL}"\s*:\s*"((?:[^"\\]|\\.)*)"\s*\}}\s*$')
"""The label at the end of a structured reply."""


@dataclass(frozen=True, slots=True)
class LabelReply:
    """What a call came to: a completion as a written one, and `tokens` of its text.

    `tokens` is None where nobody asked for log-probabilities, empty where the server told none.
    """

    completion: Completion
    tokens: Sequence[LikelyTokens] | None = None


def read_label(call: LabelCall, reply: LabelReply) -> Completion:
    """The completion of a call that asks for a label, as its request wants it.

    Where the reply names no label, its text stays whole, for a reader: the strings at which a
    rationale would end count only ahead of a label that is got apart.
    """
    completion, request = replace(reply.completion, logprobs=()), call.request
    if completion.stop in HELD_BACK:
        note = f"without a label: {completion.stop}" if call.written is not None else ""
        return replace(completion, note=joined(completion.note, note))
    stated = label_object(completion.text)
    label = structured_label(stated, request.labels)
    if label is None and not (call.writes and stated is None):
        label = label_in_words(completion.text, request)
    if label is None:
        return _without_label(call, completion, stated)
    rationale = stated.value.get(RATIONALE, "") if stated else ""
    written = rationale if isinstance(rationale, str) else json.dumps(rationale)
    logprobs = _logprobs(completion.text, label, request.labels, reply.tokens)
    notes = (
        IN_WORDS if call.structured and stated is None else "",
        UNTOLD if reply.tokens and not logprobs else "",
    )
    completion = replace(completion, stop="end", note=joined(completion.note, *notes))
    if call.request.writes_first:
        ended = replace(completion, text=written).until(request.stop)
        return replace(ended, label=label, logprobs=logprobs)
    return replace(completion, text=label, logprobs=logprobs)


def _without_label(
    call: LabelCall, completion: Completion, stated: LabelObject | None
) -> Completion:
    note = IGNORED if call.structured and stated is None else NO_LABEL
    if call.structured and completion.stop == "length":
        note = "without a label: cut before it"
    completion = replace(completion, note=joined(completion.note, note))
    if call.request.answer == "rank":
        return replace(completion, stop=UNLABELLED)
    cue = call.request.cue.strip()
    return completion.until([text for text in call.request.stop if text != cue])


def cut_rationale(call: LabelCall, completion: Completion) -> Completion | None:
    """The rationale of a structured reply that the token limit cut before its label; else None."""
    cut = CUT.match(completion.text)
    if not call.writes or completion.stop != "length" or cut is None:
        return None
    written = json_unescaped(cut[1])
    return replace(completion, text=written, logprobs=()).until(call.request.stop)


def with_label(first: Completion, second: Completion) -> Completion:
    """What a first call wrote, with the label that a second call brought, and the cost of both."""
    return replace(
        first,
        label=second.label,
        logprobs=second.logprobs,
        usage=_sum(first.usage, second.usage),
        note=joined(first.note, second.note),
    )


def joined(*notes: str) -> str:
    """Notes as one."""
    return "; ".join(filter(None, notes))


def _logprobs(
    text: str, label: str, labels: Sequence[str], tokens: Sequence[LikelyTokens] | None
) -> tuple[tuple[str, float], ...]:
    """Each label with its log-probability; nothing where one is not told."""
    reply = "".join(token.token for token in tokens or ())
    last = LAST.search(text)
    start = last.start(1) if last else len(text) - len(text.lstrip())
    end = '"' if last else ""
    spellings = [
        json.dumps(name, ensure_ascii=False)[1:-1] if last else name
        for name in plain_continuations(labels)
    ]
    chosen = spellings[list(labels).index(label)]
    if not tokens or not text.startswith(chosen, start) or reply[: len(text)] != text[: len(reply)]:
        return ()
    logprobs = label_logprobs(tokens, start, chosen, spellings, end)
    return () if logprobs is None else tuple(zip(labels, logprobs, strict=True))


def _sum(first: Usage, second: Usage) -> Usage:
    """The tokens of two calls; not known where those of one are not."""

    def both(name: str) -> int | None:
        counts = getattr(first, name), getattr(second, name)
        return None if None in counts else sum(counts)

    cached, written = (
        (getattr(first, name) or 0) + (getattr(second, name) or 0)
        if (getattr(first, name), getattr(second, name)) != (None, None)
        else None
        for name in ("cached", "written")
    )
    return Usage(both("input"), both("output"), cached, written)
