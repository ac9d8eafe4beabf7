"""Measures what each candidate's true label loses without the top words of its explanation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from amplify.contract.explainer import Explanation
from amplify.contract.progress import Progress
from amplify.contract.selector import Candidate, Shot
from amplify.loop.audit.faithfulness import drops
from amplify.loop.explain.keywords import Mask, key_words
from amplify.loop.survey.proxy import ProxySurvey

MASK: tuple[Mask, ...] = ("options",)
"""The letters and the heading of a list of options are no words that a proxy reads."""


def with_drops(
    candidates: Sequence[Candidate],
    explain: Callable[[Sequence[Shot]], Sequence[Explanation]],
    survey: ProxySurvey,
    k: int,
    show: Progress,
) -> list[Candidate]:
    """The candidates with their `drop`, in order.

    The top words are the `k` key words, wherever they stand in the text; no arm's mask is laid over
    them, so that arms which differ in it alone select alike. The proxy that scored a
    candidate is asked. A candidate that the proxy did not score, or whose target is none of its
    labels, stays as it is.
    """
    scored = list(candidates)
    indices = [i for i, c in enumerate(scored) if c.scores and c.example.label in c.scores.labels]
    explained = explain([Shot(scored[index].example) for index in indices])
    groups: dict[int, list[tuple[int, Explanation]]] = defaultdict(list)
    for index, explanation in zip(indices, explained, strict=True):
        groups[scored[index].fold].append((index, explanation))
    with show("weigh the candidates' words", len(indices)) as advance:
        for fold, members in groups.items():
            explanations = [explanation for _, explanation in members]
            words = [
                [place for word in key_words(e, k, MASK) for place in word.places]
                for e in explanations
            ]
            worth = drops(explanations, words, survey.proxies[fold].predict)
            for (index, _), drop in zip(members, worth, strict=True):
                scored[index] = replace(scored[index], drop=drop)
            advance(len(members))
    return scored
