"""Finds pool items whose label is probably wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from amplify.contract.data import Example
from amplify.loop.survey.mcs import misclassification_confidence
from amplify.loop.survey.proxy import ProxySurvey

SURE = 0.9
"""The MCS from which a proxy that never saw the item is taken to be sure of another label."""


def suspects(
    pool: Sequence[Example], survey: ProxySurvey, answers: Mapping[str, str | None]
) -> list[Example]:
    """The items that the proxy is sure are labelled wrong, where the LLM names the same label.

    Two models that learned in different ways seldom make the same confident mistake; a very high
    misclassification confidence is the first sign of a wrong label, and H-MCS puts it first.
    """
    doubtful = []
    for example in pool:
        scores = survey.scores.get(example.id)
        if scores is None or scores.best == example.label:
            continue
        sure = misclassification_confidence(scores, example.label) >= SURE
        if sure and answers.get(example.id) == scores.best:
            doubtful.append(example)
    return doubtful


def suspect_note(doubtful: Sequence[Example], shown: Collection[str]) -> str | None:
    """What a reader should know of them, and how many of them are `shown` (ids); None for none."""
    if not doubtful:
        return None
    names = ", ".join(example.id for example in doubtful[:5])
    more = f" and {len(doubtful) - 5} more" if len(doubtful) > 5 else ""
    among = sum(example.id in shown for example in doubtful)
    return (
        f"{len(doubtful)} pool items look mislabelled (the proxy is sure of another label, MCS at"
        f" least {SURE}, and the LLM names the same one; {among} of them are demonstrations):"
        f" {names}{more}"
    )
