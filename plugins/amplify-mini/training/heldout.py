"""Tasks that the model never saw: their words, label pairs and sentences are kept out of training.

The families were fixed before any model was measured on them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, fields

import torch
from amplify_mini.task import generate
from amplify_mini.words import KEYS, LABELS

from training.frames import CLAUSES, fill
from training.vocabulary import build_vectors, entries
from training.word_lists import FIXED_LABELS, HELD_OUT_LABELS, word_lists
from training.wordings import (
    ANSWER_CUES,
    INPUT_CUES,
    INSTRUCTION,
    LABEL_PHRASES,
    LEADS,
    MODIFIERS,
    TOOLKIT,
    EpisodeWording,
)  # fmt: skip

FRAMES = (
    "the _ beside a _ looked like _", "no one in the _ could find the _",
    "at the _ there were two _ and one _", "some of the _ came from a _",
    "an old _ by the _ was full of _", "without a _ the _ is nothing",
    "our _ kept the _ under its _", "it took a _ to move every _",
    "several _ had been near the _", "this _ is for the _ and that _",
)  # fmt: skip
"""Clauses that no training frame contains."""


@dataclass(frozen=True)
class Family:
    """How the texts of a family are made: key words of a class, other words of a text."""

    keys: int
    most_keys: int
    distractors: tuple[int, int]
    pool: int = 20
    framed: bool = True
    near: bool = False


FAMILIES = {
    "short": Family(keys=1, most_keys=1, distractors=(2, 4), framed=False),
    "medium": Family(keys=2, most_keys=2, distractors=(3, 5)),
    "long": Family(keys=2, most_keys=2, distractors=(6, 11)),
    "cluster": Family(keys=5, most_keys=2, distractors=(3, 5), near=True),
}
"""By name; `dispatches` is the toolkit's default task and has a generator of its own."""
NAMES = (*FAMILIES, "dispatches")


@dataclass(frozen=True)
class HeldOut:
    """A task: its labels, the words that decide each, and (text, label) pairs."""

    labels: tuple[str, ...]
    keys: dict[str, tuple[str, ...]]
    items: list[tuple[str, str]]


def words_of_every_episode() -> frozenset[str]:
    """Words that any episode may hold: those of the wordings, clauses and fixed labels."""
    words = {word for labels in FIXED_LABELS for word in labels} | set(INSTRUCTION)
    for text in (*CLAUSES, *INPUT_CUES, *ANSWER_CUES, *MODIFIERS, *LEADS, *LABEL_PHRASES):
        words.update(text.split())
    for field in fields(EpisodeWording):
        value = getattr(TOOLKIT, field.name)
        words.update(value if isinstance(value, tuple) else ())
    return frozenset(words)


def held_out_words() -> list[str]:
    """Content words that are in no episode."""
    excluded = words_of_every_episode()
    return [word for word in word_lists().held_out if len(word) > 3 and word not in excluded]


def held_out_task(name: str, seed: int, count: int) -> HeldOut:
    """A task of the family with `count` different texts, the labels in turn."""
    if name == "dispatches":
        return HeldOut(LABELS, KEYS, generate(count, 1000 + seed))
    family, rng = FAMILIES[name], random.Random(f"{name}-{seed}")
    words = held_out_words()
    labels = HELD_OUT_LABELS[(3 * seed + list(FAMILIES).index(name)) % len(HELD_OUT_LABELS)]
    keys = _near(rng, words, family.keys) if family.near else []
    if not keys:
        drawn = rng.sample(words, 2 * family.keys)
        keys = [drawn[: family.keys], drawn[family.keys :]]
    taken = {w for words_of_class in keys for w in words_of_class}
    pool = rng.sample([w for w in words if w not in taken], family.pool)
    frames = [frame.split() for frame in rng.sample(FRAMES, 5)]
    labelled: dict[str, str] = {}
    while len(labelled) < count:
        label = len(labelled) % 2
        chosen = rng.sample(keys[label], rng.randint(1, family.most_keys))
        content = chosen + rng.sample(pool, rng.randint(*family.distractors))
        rng.shuffle(content)
        pieces = fill(rng, frames, content) if family.framed else content
        labelled.setdefault(_text(pieces), labels[label])
    return HeldOut(
        labels, {labels[i]: tuple(own) for i, own in enumerate(keys)}, list(labelled.items())
    )


def _near(rng: random.Random, words: list[str], count: int) -> list[list[str]]:
    """Two sets of held-out words, each around a word of its own by the model's vectors."""
    rows = {token: i for i, token in enumerate(entries())}
    table = torch.nn.functional.normalize(build_vectors(256)[[rows[w] for w in words]], dim=1)
    keys: list[list[str]] = []
    for _ in range(2):
        near = (table @ table[rng.randrange(len(words))]).topk(2 * count + 1).indices.tolist()
        taken = {w for words_of_class in keys for w in words_of_class}
        keys.append([words[i] for i in near if words[i] not in taken][:count])
    return keys


def _text(pieces: list[str]) -> str:
    """Join words and marks as one sentence."""
    text = " ".join(pieces)
    for mark in ",.;?":
        text = text.replace(f" {mark}", mark)
    return text[0].upper() + text[1:]
