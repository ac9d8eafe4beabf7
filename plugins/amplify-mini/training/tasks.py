"""Synthetic classification tasks: classes have key words, texts hide them among others."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from training.frames import draw_frames, fill, soup
from training.word_lists import FIXED_LABELS, word_lists

BARE = 0.2
"""Below this hardness a text has one key word, few others and no function words."""


@dataclass(frozen=True)
class SyntheticText:
    """One text, its label, and the key words that decided it."""

    text: tuple[str, ...]
    label: int
    keys: tuple[str, ...]


@dataclass
class SyntheticTask:
    """What all texts of an episode share: labels, their key words, other words, and a style."""

    labels: tuple[str, ...]
    keys: list[list[str]]
    pool: list[str]
    soft: bool
    presence: bool
    hardness: float
    style: str
    frames: list[list[str]] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    most_keys: int = 1
    distractors: tuple[int, int] = (0, 2)
    thickness: float = 0.4


def _labels(rng: random.Random, words: Sequence[str]) -> tuple[str, ...]:
    """Draw label words in a fixed order; arbitrary words or one of the usual sets."""
    if rng.random() < 0.45:
        return rng.choice(FIXED_LABELS)
    count = rng.choices((2, 3, 4), (0.8, 0.12, 0.08))[0]
    return tuple(rng.sample(words, count))


def draw_task(
    rng: random.Random, hardness: float, neighbours: Callable[[str], list[str]]
) -> SyntheticTask:
    """Draw a task; hardness (0 to 1) sets the length and noise of its texts."""
    words = word_lists().seen
    labels = _labels(rng, words)
    hard = max(0.0, (hardness - BARE) / (1 - BARE))
    bare = hardness < BARE
    kind = rng.random()
    soft, presence = 0.66 <= kind < 0.96, kind >= 0.96 and len(labels) == 2
    most = 1 if bare else rng.randint(1, 2 + round(4 * hard))
    taken = set(labels)
    keys: list[list[str]] = []
    for _ in labels:
        if soft:
            near = [w for w in neighbours(rng.choice(words)) if w not in taken]
            class_words = near[: max(2, most)]
        else:
            class_words = [w for w in rng.sample(words, most) if w not in taken]
        if not class_words:
            class_words = [w for w in rng.sample(words, 9) if w not in taken][:1]
        taken.update(class_words)
        keys.append(class_words)
    if rng.random() < 0.6 - 0.4 * hard:
        size = rng.randint(100, 400)
    else:
        size = rng.randint(10, 60)
    pool = [w for w in rng.sample(words, size) if w not in taken]
    if rng.random() < 0.3:
        pool += rng.sample(word_lists().pieced, max(1, size // 12))
    if bare:
        style = "bare"
    else:
        style = "soup" if rng.random() < 0.4 else "frames"
    top = 2 + round(18 * hard)
    return SyntheticTask(
        labels=labels,
        keys=keys,
        pool=pool,
        soft=soft,
        presence=presence,
        hardness=hardness,
        style=style,
        frames=draw_frames(rng, rng.sample(pool, min(4, len(pool)))) if style == "frames" else [],
        weights=[1 / (i + 1) ** 0.7 for i in range(len(pool))] if rng.random() < 0.4 else [],
        most_keys=1 if bare else rng.randint(1, 3),
        distractors=(0, round(2 * hardness / BARE))
        if bare
        else (min(1 + round(5 * hard), top), top),
        thickness=rng.uniform(0.1, 0.6),
    )


def draw_text(rng: random.Random, task: SyntheticTask, label: int) -> SyntheticText:
    """Draw one text of a class."""
    if task.presence and label == 1:
        keys: list[str] = []
    else:
        class_words = task.keys[label]
        keys = rng.sample(class_words, min(len(class_words), rng.randint(1, task.most_keys)))
    content = list(keys)
    if len(keys) > 1 and not task.presence and rng.random() < 0.06:
        content.append(rng.choice(task.keys[(label + 1) % len(task.labels)]))
    count = rng.randint(*task.distractors)
    if not content and not count:
        count = 1
    if task.weights:
        others = rng.choices(task.pool, task.weights, k=count)
    else:
        others = rng.sample(task.pool, min(count, len(task.pool)))
    content = list(dict.fromkeys(content + others))
    rng.shuffle(content)
    if task.style == "bare":
        text = content
    elif task.style == "soup":
        text = soup(rng, content, task.thickness)
    else:
        text = fill(rng, task.frames, content)
    return SyntheticText(tuple(text), label, tuple(keys))
