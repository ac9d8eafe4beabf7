"""Measures what each candidate's true label loses without the top words of its explanation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import replace

from amplify.contract.data import Example
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
    known: MutableMapping[Example, float],
    show: Progress,
) -> list[Candidate]:
    """The candidates with their `drop`, in order.

    The top words are the `k` key words, wherever they stand in the text; no arm's mask is laid over
    them, so that arms which differ in it alone select alike. The proxy that scored a
    candidate is asked. A candidate that the proxy did not score, or whose target is none of its
    labels, stays as it is.

    `known` holds drops that were measured before, by `k` words of the same explainer: they are not
    measured again, and new ones are added.
    """
    scored = [c for c in candidates if c.scores and c.example.label in c.scores.labels]
    new = [candidate for candidate in scored if candidate.example not in known]
    if new:
        explained = explain([Shot(candidate.example) for candidate in new])
        groups: dict[int, list[tuple[Example, Explanation]]] = defaultdict(list)
        for candidate, explanation in zip(new, explained, strict=True):
            groups[candidate.fold].append((candidate.example, explanation))
        with show("weigh the candidates' words", len(new)) as advance:
            for fold, members in groups.items():
                explanations = [explanation for _, explanation in members]
                words = [
                    [place for word in key_words(e, k, MASK) for place in word.places]
                    for e in explanations
                ]
                worth = drops(explanations, words, survey.proxies[fold].predict)
                known.update(zip((example for example, _ in members), worth, strict=True))
                advance(len(members))
    measured = {candidate.example for candidate in scored}
    return [replace(c, drop=known[c.example]) if c.example in measured else c for c in candidates]
