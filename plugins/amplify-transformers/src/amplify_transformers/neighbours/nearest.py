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
from amplify_transformers.options import NearestOptions, NeighboursOptions


class Neighbours:
    """Ranks the pool by the cosine of sentence embeddings; the encoder is used as pretrained."""

    def __init__(self, options: NeighboursOptions, context: Context) -> None:
        self.context = context
        self._encoder = Encoder.of(options.model, options.device, context)

    def ranked(
        self, pool: Sequence[Candidate], queries: Sequence[Example]
    ) -> list[list[Candidate]]:
        """For each query the pool, the most alike first; equal ones in the order of the pool."""
        if not pool or not queries:
            return [[] for _ in queries]
        vectors = self._encoder.embed([candidate.example.text for candidate in pool])
        alike = self._encoder.embed([query.text for query in queries]) @ vectors.T
        # Rounded, so that what is equal but for the last bits is in the same order everywhere.
        order = torch.argsort(alike.round(decimals=5), dim=1, descending=True, stable=True)
        return [[pool[place] for place in places] for places in order.tolist()]


class Nearest(Neighbours):
    """The nearest by the cosine of sentence embeddings (KATE: Liu et al. 2022, arXiv 2101.06804).

    With the option `shared`, most shots are a random draw that all prompts begin with, and a few
    neighbours of the item follow (Golchin et al. 2025, arXiv 2507.16217, their first strategy): a
    model whose cache holds the draw computes only the rest for each item.
    """

    def __init__(self, options: NearestOptions, context: Context) -> None:
        super().__init__(options, context)
        self._options = options

    def select(
        self, candidates: Sequence[Candidate], shots: int, queries: Sequence[Example]
    ) -> Selection:
        """For each query at most `shots`: the most alike first, the shared ones last.

        The last of the shots stand first in the prompt. Neighbours that are equally alike come by
        their ids; a shared one is no item's neighbour.
        """
        pool = sound_pool(candidates, self.context.labels)
        shared = self._draw(pool, math.floor(shots * self._options.shared + 1e-9))
        rest = [candidate for candidate in pool if candidate not in shared]
        by_item = {}
        for query, ranked in zip(queries, self.ranked(rest, queries), strict=True):
            if self._options.balanced:
                ranked = take_turns(ranked)
            shown = (*ranked[: shots - len(shared)], *shared)
            by_item[query.id] = tuple(Shot(c.example, candidate=c) for c in shown)
        return Selection((), by_item=by_item)

    def _draw(self, pool: Sequence[Candidate], count: int) -> list[Candidate]:
        """So many (`count`) of the pool by the seed, the labels in turn."""
        seed = self.context.seed
        return take_turns(sorted(pool, key=lambda c: seeded_key(seed, c.example.id)))[:count]
