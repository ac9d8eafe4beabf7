"""Shows on a page what the LLM's answers to single items rest on, the words of each item shaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from amplify.loop.worth.answer_attribution import AnswerAttribution, AnswerAttributions
from amplify.report.attributions import answer_lines, attribution_lines
from amplify.report.page.shading import Part, shaded_text


@dataclass(frozen=True)
class ShadedAnswer:
    """An attributed answer as the page shows it: the item's text in `parts`, and `lines`."""

    answer: AnswerAttribution
    parts: Sequence[Part]
    lines: Sequence[str]


def attributions_of(record: Mapping[str, Any]) -> AnswerAttributions | None:
    """The attributed answers in a record; None where there are none."""
    found = record.get("attributions")
    return None if found is None else msgspec.convert(found, AnswerAttributions)


def attribution_sentences(record: Mapping[str, Any]) -> list[str]:
    """What was attributed, and how far it can be trusted; empty where nothing was."""
    attributions = attributions_of(record)
    return [] if attributions is None else list(attribution_lines(attributions))


def shaded_answers(record: Mapping[str, Any]) -> Iterator[ShadedAnswer]:
    """The attributed answers of a record, in order."""
    attributions = attributions_of(record)
    for answer in attributions.answers if attributions else ():
        words = answer.of("item")
        marks = [
            (share.place, share.place + len(share.text), share.share, False)
            for share in (words.shares if words else ())
        ]
        yield ShadedAnswer(answer, shaded_text(answer.text, marks), list(answer_lines(answer)))
