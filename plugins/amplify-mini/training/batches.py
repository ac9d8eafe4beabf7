"""Pack episodes into tensors; the same stream feeds one CPU process or a GPU's workers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from training.episode import Episode
from training.episodes import draw_episode


@dataclass
class EpisodeBatch:
    """Padded ids; flat loss targets; supervision rows by kind."""

    ids: torch.Tensor
    target_batch: torch.Tensor
    target_place: torch.Tensor
    target_weight: torch.Tensor
    target_kind: torch.Tensor
    rationale: torch.Tensor
    groups: dict[str, tuple[torch.Tensor, torch.Tensor]]
    tokens: int

    def to(self, device: torch.device) -> EpisodeBatch:
        """Move everything to a device."""
        groups = {k: (r.to(device), s.to(device)) for k, (r, s) in self.groups.items()}
        return EpisodeBatch(
            self.ids.to(device), self.target_batch.to(device), self.target_place.to(device),
            self.target_weight.to(device), self.target_kind.to(device),
            self.rationale.to(device), groups, self.tokens,
        )  # fmt: skip


KINDS = ("plain", "early", "late", "key", "filler")


def collate(episodes: list[Episode]) -> EpisodeBatch:
    """Make one batch of episodes of about the same length."""
    length = max(len(e.ids) for e in episodes)
    ids = torch.zeros(len(episodes), length, dtype=torch.long)
    flat: list[tuple[int, int, float, int]] = []
    rows: dict[str, list[list[tuple[int, list[int]]]]] = {}
    for b, episode in enumerate(episodes):
        ids[b, : len(episode.ids)] = torch.tensor(episode.ids)
        flat += [(b, p, w, KINDS.index(kind)) for p, w, kind in episode.losses]
        for kind, row, where in episode.rows:
            rows.setdefault(kind, [[] for _ in episodes])[b].append((row, where))
    groups = {}
    for kind, lists in rows.items():
        n = max(len(x) for x in lists)
        index = torch.full((len(episodes), n), -1, dtype=torch.long)
        sets = torch.zeros(len(episodes), n, length, dtype=torch.bool)
        for b, items in enumerate(lists):
            for j, (row, where) in enumerate(items):
                index[b, j] = row
                sets[b, j, where] = True
        groups[kind] = (index, sets)
    b, p, w, k = zip(*flat, strict=True)
    return EpisodeBatch(
        ids, torch.tensor(b), torch.tensor(p), torch.tensor(w), torch.tensor(k),
        torch.tensor([e.rationale for e in episodes]), groups, sum(len(e.ids) for e in episodes),
    )  # fmt: skip


class Stream(torch.utils.data.IterableDataset[EpisodeBatch]):
    """An endless stream of batches at the difficulty that the shared tensor says."""

    def __init__(self, seed: int, tokens: int, difficulty: torch.Tensor) -> None:
        self.seed, self.tokens, self.difficulty = seed, tokens, difficulty

    def __iter__(self) -> Iterator[EpisodeBatch]:
        """Draw a pool of episodes, sort it by length, cut it into batches."""
        worker = torch.utils.data.get_worker_info()
        rng = random.Random(f"{self.seed}-{worker.id if worker else 0}")
        while True:
            answer, rationale, share = self.difficulty.tolist()
            pool: list[Episode] = []
            while sum(len(e.ids) for e in pool) < 4 * self.tokens:
                episode = draw_episode(rng, answer, rationale, share)
                if episode.losses:
                    pool.append(episode)
            pool.sort(key=lambda e: len(e.ids))
            batches: list[list[Episode]] = [[]]
            for episode in pool:
                if batches[-1] and len(episode.ids) * (len(batches[-1]) + 1) > self.tokens:
                    batches.append([])
                batches[-1].append(episode)
            if len(batches) > 1:
                batches.pop()
            rng.shuffle(batches)
            yield from map(collate, batches)
