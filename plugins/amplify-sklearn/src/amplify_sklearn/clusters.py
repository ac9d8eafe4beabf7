"""K-means: demonstrations that stand for the clusters of the pool (Auto-CoT, arXiv 2210.03493)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.cluster import KMeans

from amplify import Candidate, Context, Example, Selection, Shot, sound_pool, take_turns
from amplify_sklearn.options import KMeansOptions
from amplify_sklearn.pool import vectors
from amplify_sklearn.words import Grams

STARTS = 4
"""How many seeded starts the best clustering is taken from."""


class KMeansClusters:
    """One cluster a shot, over TF-IDF words; its representative is the item next to its centre."""

    def __init__(self, options: KMeansOptions, context: Context) -> None:
        self._options = options
        self._context = context

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """At most `shots`: of each cluster the item next to its centre, large clusters first.

        Where clusters are fewer than shots, or the labels take turns, the next ones of each
        cluster follow.
        """
        pool = [
            c for c in sound_pool(candidates, self._context.labels) if self._short(c.example.text)
        ]
        if not pool or shots < 1:
            return Selection(())
        rows, _ = vectors([c.example.text for c in pool])
        different = len({(tuple(row.indices), tuple(row.data)) for row in rows})
        model = KMeans(min(shots, different), random_state=self._context.seed, n_init=STARTS)
        far = model.fit_transform(rows).round(9)
        clusters = [
            sorted(np.flatnonzero(model.labels_ == number), key=lambda i: (far[i, number], i))
            for number in range(model.n_clusters)
        ]
        clusters.sort(key=lambda members: (-len(members), members[:1]))
        longest = max(map(len, clusters))
        ranked = [pool[c[turn]] for turn in range(longest) for c in clusters if turn < len(c)]
        if self._options.balanced:
            ranked = take_turns(ranked)
        return Selection(tuple(Shot(c.example, candidate=c) for c in ranked[:shots]))

    def _short(self, text: str) -> bool:
        longest = self._options.longest
        return not longest or len(Grams(1)(text)) <= longest
