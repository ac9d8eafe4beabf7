"""Draws episodes: prompts full of demonstrations, with what to predict and where to look.

Every demonstration is also a query for those before it, so one episode teaches all shot counts.
`Episode.rows` say on which positions an attention head should put its mass (see `network`).
"""

from __future__ import annotations

import random

from training.episode import Episode, neighbours
from training.tasks import draw_task, draw_text
from training.word_lists import word_lists
from training.wordings import INSTRUCTION, TOOLKIT, draw_wording
from training.writer import EpisodeWriter


def draw_episode(rng: random.Random, hard_answer: float, hard_rationale: float,
                 share: float = 0.56) -> Episode:  # fmt: skip
    """Draw one episode at the given difficulty of its mode."""
    rationale = rng.random() < share
    top = hard_rationale if rationale else hard_answer
    task = draw_task(rng, top * rng.random() ** 0.3, neighbours)
    wording = draw_wording(rng)
    writer = EpisodeWriter(rng, task, wording, rationale)
    shown = rng.random() < 0.85 if wording is TOOLKIT else rng.random() < 0.4
    if shown:
        ep = writer.episode
        if rng.random() < 0.1:
            ep.add_all(rng.choices(word_lists().seen, k=rng.randint(3, 9)) + ["."])
        options = [p for i, label in enumerate(task.labels) for p in
                   ([","] if i else []) + [label]]  # fmt: skip
        ep.add_all([*INSTRUCTION, *options, ".", "¶"])
    limit = 280 + 560 * top if rationale else 190 + 360 * top
    most = 12 if rationale else 14
    if rng.random() < 0.15:
        limit *= 1.4
    for index, label in enumerate(_draw_labels(rng, len(task.labels), most)):
        if len(writer.episode.ids) > limit - (45 if rationale else 20):
            break
        writer.write(draw_text(rng, task, label), index)
    return writer.episode


def _draw_labels(rng: random.Random, count: int, shots: int) -> list[int]:
    """Draw the labels of the demonstrations, mostly balanced.

    A third begins one-sided and goes on even: how often a label was shown says nothing of the next.
    """
    if rng.random() < 0.65:
        labels = [i % count for i in range(shots)]
        rng.shuffle(labels)
        return labels
    weights = [rng.uniform(0.1, 1.0) for _ in range(count)]
    first = rng.choices(range(count), weights, k=rng.randint(2, shots - 2))
    return first + rng.choices(range(count), k=shots - len(first))
