"""Selectors that choose for each test item the pool items that are most like it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from rank_bm25 import BM25Okapi

from amplify import Candidate, Context, Example, Selection, Shot, sound_pool, take_turns
from amplify_sklearn.options import SimilarOptions
from amplify_sklearn.pool import vectors
from amplify_sklearn.words import Grams


class TfIdfNearest:
    """The nearest by the cosine of TF-IDF words (Liu et al. 2022 choose by nearness)."""

    def __init__(self, options: SimilarOptions, context: Context) -> None:
        self._options = options
        self._labels = context.labels

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """For each query at most `shots`, the most alike first; equal ones by id."""
        pool = sound_pool(candidates, self._labels)
        by_item: dict[str, tuple[Shot, ...]] = {}
        alike = self._alike([c.example.text for c in pool], [q.text for q in queries])
        for query, scores in zip(queries, alike, strict=True):
            ranked = [pool[index] for index in np.argsort(-scores, kind="stable")]
            if self._options.balanced:
                ranked = take_turns(ranked)
            by_item[query.id] = tuple(Shot(c.example, candidate=c) for c in ranked[:shots])
        return Selection((), by_item=by_item)

    def _alike(self, texts: Sequence[str], queries: Sequence[str]) -> Iterator[Any]:
        """For each query an array [texts]: higher is more alike."""
        if not texts:
            yield from (np.zeros(0) for _ in queries)
            return
        rows, query_rows = vectors(texts, queries)
        for row in query_rows:
            # Rounded, so that what is equal but for the last bits goes by the id everywhere.
            yield (rows @ row.T).toarray().ravel().round(9)


class BM25(TfIdfNearest):
    """The highest by Okapi BM25 over the words of the item (the defaults of rank_bm25)."""

    def _alike(self, texts: Sequence[str], queries: Sequence[str]) -> Iterator[Any]:
        words = Grams(1)
        documents = [words(text) for text in texts]
        if not any(documents):
            yield from (np.zeros(len(texts)) for _ in queries)
            return
        index = BM25Okapi(documents)
        for query in queries:
            # Each different word once: a word that the item repeats is no other question.
            yield index.get_scores(list(dict.fromkeys(words(query)))).round(9)
