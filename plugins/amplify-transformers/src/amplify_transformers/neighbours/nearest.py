"""The selector `nearest`: for each test item its neighbours in an encoder's space."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from amplify import Candidate, Context, Example, Selection, Shot, sound_pool, take_turns
from amplify_transformers.neighbours.encoder import Encoder
from amplify_transformers.options import NearestOptions


class Nearest:
    """The nearest by the cosine of sentence embeddings (KATE: Liu et al. 2022, arXiv 2101.06804).

    The encoder is used as it was pretrained, so that the choice needs neither training nor labels.
    """

    def __init__(self, options: NearestOptions, context: Context) -> None:
        self._options = options
        self._labels = context.labels
        self._encoder = Encoder.of(options.model, options.device, context)

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """For each query at most `shots`, the most alike first; equal ones by id."""
        pool = sound_pool(candidates, self._labels)
        if not pool or not queries:
            return Selection((), by_item={query.id: () for query in queries})
        vectors = self._encoder.embed([candidate.example.text for candidate in pool])
        alike = self._encoder.embed([query.text for query in queries]) @ vectors.T
        # Rounded, so that what is equal but for the last bits goes by the id everywhere.
        order = torch.argsort(alike.round(decimals=5), dim=1, descending=True, stable=True)
        by_item: dict[str, tuple[Shot, ...]] = {}
        for query, places in zip(queries, order.tolist(), strict=True):
            ranked = [pool[place] for place in places]
            if self._options.balanced:
                ranked = take_turns(ranked)
            by_item[query.id] = tuple(Shot(c.example, candidate=c) for c in ranked[:shots])
        return Selection((), by_item=by_item)
