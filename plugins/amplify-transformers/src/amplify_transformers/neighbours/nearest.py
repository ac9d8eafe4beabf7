"""The selector `nearest`: for each test item its neighbours in an encoder's space."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from amplify import (
    Candidate,
    Context,
    Example,
    Selection,
    Shot,
    seeded_key,
    sound_pool,
    take_turns,
)
from amplify_transformers.neighbours.encoder import Encoder
from amplify_transformers.options import NearestOptions


class Nearest:
    """The nearest by the cosine of sentence embeddings (KATE: Liu et al. 2022, arXiv 2101.06804).

    The encoder is used as it was pretrained, so that the choice needs neither training nor labels.

    With the option `shared`, most shots are a random draw that all prompts begin with, and a few
    neighbours of the item follow (Golchin et al. 2025, arXiv 2507.16217, their first strategy): a
    model whose cache holds the draw computes only the rest for each item.
    """

    def __init__(self, options: NearestOptions, context: Context) -> None:
        self._options = options
        self._context = context
        self._encoder = Encoder.of(options.model, options.device, context)

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """For each query at most `shots`: the most alike first, the shared ones last.

        The last of the shots stand first in the prompt. Neighbours that are equally alike come by
        their ids; a shared one is no item's neighbour.
        """
        pool = sound_pool(candidates, self._context.labels)
        if not pool or not queries:
            return Selection((), by_item={query.id: () for query in queries})
        shared = self._draw(pool, math.floor(shots * self._options.shared + 1e-9))
        rest = [candidate for candidate in pool if candidate not in shared]
        by_item = {
            query.id: tuple(
                Shot(c.example, candidate=c) for c in (*ranked[: shots - len(shared)], *shared)
            )
            for query, ranked in zip(queries, self._ranked(rest, queries), strict=True)
        }
        return Selection((), by_item=by_item)

    def _draw(self, pool: Sequence[Candidate], count: int) -> list[Candidate]:
        """So many (`count`) of the pool by the seed, the labels in turn."""
        seed = self._context.seed
        return take_turns(sorted(pool, key=lambda c: seeded_key(seed, c.example.id)))[:count]

    def _ranked(
        self, pool: Sequence[Candidate], queries: Sequence[Example]
    ) -> list[list[Candidate]]:
        """For each query the pool, the most alike first; where balanced, the labels in turn."""
        if not pool:
            return [[] for _ in queries]
        vectors = self._encoder.embed([candidate.example.text for candidate in pool])
        alike = self._encoder.embed([query.text for query in queries]) @ vectors.T
        # Rounded, so that what is equal but for the last bits goes by the id everywhere.
        order = torch.argsort(alike.round(decimals=5), dim=1, descending=True, stable=True)
        ranked = [[pool[place] for place in places] for places in order.tolist()]
        return [*map(take_turns, ranked)] if self._options.balanced else ranked
