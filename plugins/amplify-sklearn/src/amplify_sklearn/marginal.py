"""Maximal marginal relevance: near the test item, and unlike each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from amplify import Candidate, Context, Example, Selection, Shot, sound_pool
from amplify_sklearn.options import MarginalOptions
from amplify_sklearn.pool import vectors


class MarginalRelevance:
    """Takes, one after another, what is like the item and unlike what was taken.

    The next is the highest of `relevance * cos(item, c) - (1 - relevance) * max cos(taken, c)`
    (Carbonell and Goldstein 1998), over TF-IDF words.
    """

    def __init__(self, options: MarginalOptions, context: Context) -> None:
        self._options = options
        self._labels = context.labels

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """For each query at most `shots`, in the order taken; equal ones by id.

        Balanced, each is taken out of the labels that were taken least so far.
        """
        pool = sound_pool(candidates, self._labels)
        by_item: dict[str, tuple[Shot, ...]] = {query.id: () for query in queries}
        if pool and queries:
            rows, query_rows = vectors([c.example.text for c in pool], [q.text for q in queries])
            among = (rows @ rows.T).toarray()
            for query, row in zip(queries, query_rows, strict=True):
                taken = self._take((rows @ row.T).toarray().ravel(), among, pool, shots)
                by_item[query.id] = tuple(Shot(pool[i].example, candidate=pool[i]) for i in taken)
        return Selection((), by_item=by_item)

    def _take(self, alike: Any, among: Any, pool: Sequence[Candidate], shots: int) -> list[int]:
        weight = self._options.relevance
        names = [candidate.example.label for candidate in pool]
        shown = Counter(dict.fromkeys(names, 0))
        left = np.ones(len(pool), dtype=bool)
        closest = np.zeros(len(pool))
        taken: list[int] = []
        while len(taken) < shots and left.any():
            worth = (weight * alike - (1 - weight) * closest).round(9)
            open_ = left
            if self._options.balanced:
                least = min(shown[name] for name, free in zip(names, left, strict=True) if free)
                open_ = left & np.array([shown[name] == least for name in names])
            best = int(np.where(open_, worth, -np.inf).argmax())
            taken.append(best)
            shown[names[best]] += 1
            left[best] = False
            closest = np.maximum(closest, among[best])
        return taken
