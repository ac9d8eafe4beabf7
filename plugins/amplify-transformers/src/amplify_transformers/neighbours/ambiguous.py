"""The selector `ambiguous`: neighbours that the LLM got wrong, between an item's likely labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amplify import Candidate, Example, QuerySurvey, Selection, Shot, sound_pool
from amplify_transformers.neighbours.nearest import Neighbours

LIKELIEST = 2
"""How many of an item's likeliest labels are ambiguous."""


class Ambiguous(Neighbours):
    """Ambig-ICL (Gao et al. 2023, arXiv 2309.07900): what may settle the LLM's doubt about an item.

    The ambiguous labels of a test item are the two that the LLM finds likeliest zero-shot. Shown
    are the most alike candidates that the LLM got wrong, whose true label is ambiguous, and whose
    wrong answer is ambiguous too ("+Gold+Mis+Pred" in the paper).
    """

    def select(
        self,
        candidates: Sequence[Candidate],
        shots: int,
        queries: Sequence[Example],
        surveyed: Mapping[str, QuerySurvey],
    ) -> Selection:
        """For each query at most `shots`, the best first.

        Where the paper's kind does not suffice, those follow that lack its last condition, then
        those whose true label alone is ambiguous, then other neighbours; equal ones by likeness.
        """
        pool = sound_pool(candidates, self.context.labels)
        by_item: dict[str, tuple[Shot, ...]] = {}
        full = 0
        for query, ranked in zip(queries, self.ranked(pool, queries), strict=True):
            labels = two_likeliest(surveyed[query.id].probabilities)
            ranked = sorted(ranked, key=lambda c: rank(c, labels))[:shots]
            full += sum(rank(c, labels) == 0 for c in ranked)
            by_item[query.id] = tuple(Shot(c.example, candidate=c) for c in ranked)
        count = sum(map(len, by_item.values()))
        note = (
            f"{full} of {count} shots are errors between the two likeliest labels of their item;"
            " the others lack one of this"
        )
        return Selection((), notes=(note,) if full < count else (), by_item=by_item)


def two_likeliest(probabilities: Sequence[tuple[str, float]]) -> frozenset[str]:
    """The two likeliest labels; of equals those that the task names first."""
    ranked = sorted(probabilities, key=lambda pair: -pair[1])
    return frozenset(label for label, _ in ranked[:LIKELIEST])


def rank(candidate: Candidate, labels: frozenset[str]) -> int:
    """The fewest conditions that the candidate lacks, from the last on; 0 where it has all."""
    if candidate.example.label not in labels:
        return 3
    if not candidate.error:
        return 2
    return 0 if candidate.answer in labels else 1
