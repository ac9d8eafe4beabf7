"""An episode: a prompt full of demonstrations, with what to predict and where to look.

Every demonstration is also a query for those before it, so one episode teaches all shot counts.
`Supervision` rows say on which positions an attention head should put its mass (see `network`).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache

import torch

from training.lexicon import FUNCTION_WORDS, lexicon
from training.tasks import Example, Task, draw_example, draw_task
from training.vocabulary import build_tokenizer, build_vectors, entries
from training.wordings import INSTRUCTION, TOOLKIT, Wording, draw_wording, joined

BOS = 1
MASS_WEIGHTS = {"G": 0.5, "R": 0.5, "M": 1.0, "K": 0.7, "C": 1.0, "C2": 0.3, "W": 1.0, "S": 0.3,
                "F": 1.0}  # fmt: skip
_FUNCTION = frozenset(FUNCTION_WORDS)


@dataclass
class Episode:
    """Token ids, loss positions (position of the target, weight, kind), supervision rows."""

    rationale: bool
    ids: list[int] = field(default_factory=lambda: [BOS])
    losses: list[tuple[int, float, str]] = field(default_factory=list)
    rows: list[tuple[str, int, list[int]]] = field(default_factory=list)

    def add(self, word: str) -> list[int]:
        """Append a word and give the positions of its tokens."""
        tokens = word_ids(word)
        start = len(self.ids)
        self.ids.extend(tokens)
        return list(range(start, start + len(tokens)))

    def add_all(self, words: tuple[str, ...] | list[str]) -> list[int]:
        """Append several words."""
        return [p for word in words for p in self.add(word)]

    def look(self, kind: str, row: int, where: list[int]) -> None:
        """Ask that the position looks at earlier ones."""
        where = [p for p in where if p <= row]
        if where:
            self.rows.append((kind, row, where))


@lru_cache(maxsize=1)
def _tokenizer() -> Callable[[str], list[int]]:
    tokenizer = build_tokenizer()
    return lambda word: list(tokenizer(word, add_special_tokens=False)["input_ids"])


@cache
def word_ids(word: str) -> tuple[int, ...]:
    """Tokenise one word or mark."""
    if word == "¶":
        return (4,)
    return tuple(_tokenizer()(word))


@lru_cache(maxsize=1)
def _vectors() -> tuple[torch.Tensor, dict[str, int], tuple[str, ...]]:
    seen = lexicon().seen
    rows = {t: i for i, t in enumerate(entries())}
    table = torch.nn.functional.normalize(build_vectors(256)[[rows[w] for w in seen]], dim=1)
    return table, {w: i for i, w in enumerate(seen)}, seen


@cache
def neighbours(word: str) -> list[str]:
    """Give a training word and the training words with the nearest vectors."""
    table, rows, words = _vectors()
    return [words[i] for i in (table @ table[rows[word]]).topk(7).indices.tolist()]


def is_content(word: str) -> bool:
    """Tell content words from function words and marks."""
    return word[0].isalpha() and word not in _FUNCTION


def _label_offset(labels: tuple[str, ...]) -> int:
    """Find the first token in which the labels differ."""
    ids = [word_ids(label) for label in labels]
    for i in range(min(len(x) for x in ids)):
        if len({x[i] for x in ids}) > 1:
            return i
    return 0


class _Writer:
    """Writes the demonstrations of one episode and keeps what later ones can match."""

    def __init__(self, rng: random.Random, task: Task, wording: Wording, rationale: bool) -> None:
        self.rng, self.task, self.wording = rng, task, wording
        self.episode = Episode(rationale)
        self.offset = _label_offset(task.labels)
        self.gathered: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.by_class: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.mentions: dict[str, list[int]] = defaultdict(list)
        self.label_rows: list[tuple[int, int, frozenset[str]]] = []
        self.noise = rng.choices((0.0, 0.25, 0.5, 1.0), (0.62, 0.22, 0.1, 0.06))[0]
        self.keys_first = rng.random() < 0.85
        self.any_filler = rng.random() < 0.3
        self.full = rng.random() < 0.7
        self.key_class = {k: c for c, keys in enumerate(task.keys) for k in keys}

    def matches(self, word: str) -> list[tuple[int, int]]:
        """Find (label position, label) of the demonstrations that carry this word."""
        found = self.gathered.get(word, [])
        if self.task.soft and word in self.key_class:
            found = found + self.by_class.get(self.key_class[word], [])
        return found

    def choose_words(self, example: Example, content: list[str]) -> tuple[list[str], int]:
        """Choose the key words of a rationale; say how many real ones it has."""
        every = list(dict.fromkeys(w for w in example.text if w[0].isalpha()))
        count = 5 if self.full else self.rng.randint(1, 6)
        if self.noise == 1.0:
            return self.rng.sample(every, min(count, len(every))), 0
        keys = [k for k in example.keys if self.rng.random() >= self.noise]
        others = [w for w in (every if self.any_filler else content) if w not in example.keys]
        self.rng.shuffle(keys)
        keys = keys[:count]
        words = keys + self.rng.sample(others, min(count - len(keys), len(others)))
        if not self.keys_first:
            self.rng.shuffle(words)
        return words, len(keys)

    def write(self, example: Example, index: int) -> None:
        """Write one demonstration with its losses and supervision."""
        ep, rng, wording = self.episode, self.rng, self.wording
        ep.add_all(wording.before_text)
        where: dict[str, list[int]] = {}
        for word in example.text:
            positions = ep.add(word)
            if is_content(word):
                where.setdefault(word, positions)
        for word, positions in where.items():
            self.word_rows(word, positions)
            if ep.rationale and self.mentions.get(word):
                ep.look("M", positions[-1], self.mentions[word])
        own_known = [
            p for w in example.keys if w in where and self.matches(w) for p in where[w][-1:]
        ]
        cue = ep.add_all(wording.before_answer)
        source = where
        if ep.rationale:
            source = self.write_rationale(example, where, index)
            cue = ep.add_all(wording.phrase)
            own_known += [p for w in example.keys if w in source and self.matches(w)
                          for p in source[w][-1:]]  # fmt: skip
            if rng.random() < 0.12 and index:
                ep.losses += [(p, 0.3, "plain") for p in cue]
        self.write_label(example, source, own_known, index, cue[-1])

    def write_label(
        self, example: Example, source: dict[str, list[int]], known: list[int], index: int, cue: int
    ) -> None:
        """Write the label, its repetition and the end of the demonstration."""
        ep, wording, task = self.episode, self.wording, self.task
        label = ep.add(task.labels[example.label])
        at = label[min(self.offset, len(label) - 1)]
        predictor = at - 1
        weight = 1.0 if index else 0.2
        kind = "late" if index >= 4 else "early"
        for p in label:
            ep.losses.append((p, weight if p == at else 0.2 * weight, kind if p == at else "plain"))
        gathered = [p for positions in source.values() for p in positions]
        ep.look("G", predictor, gathered)
        ep.look("G", at, gathered)
        words = frozenset(source)
        ep.look("K", predictor, [
            p for p, c, theirs in self.label_rows
            if c == example.label and any(k in words and k in theirs for k in example.keys)
        ])  # fmt: skip
        if index:
            ep.look("F", predictor, known)
        tail: list[int] = []
        if ep.rationale:
            tail += ep.add_all(wording.tail)
            if wording.repeat:
                tail += ep.add_all(wording.repeat)
                again = ep.add(task.labels[example.label])
                ep.losses += [(p, 0.2, "plain") for p in again]
                tail += ep.add_all(wording.stop)
        tail += ep.add("¶")
        if not ep.rationale or self.rng.random() < 0.15:
            ep.losses += [(p, 0.3, "plain") for p in tail]
        self.label_rows.append((at, example.label, words))
        for word in words:
            self.gathered[word].append((at, example.label))
        if any(k in words for k in example.keys):
            self.by_class[example.label].append((at, example.label))

    def word_rows(self, word: str, positions: list[int]) -> None:
        """A word looks at the labels of demonstrations that carry it, else at the start."""
        found = self.matches(word)
        if found:
            self.episode.look("W", positions[-1], [p for p, _ in found])
        elif self.rng.random() < 0.12:
            self.episode.look("S", positions[-1], [0])

    def write_rationale(
        self, example: Example, where: dict[str, list[int]], index: int
    ) -> dict[str, list[int]]:
        """Write the key words; every next word is looked up in the text."""
        ep, rng, wording = self.episode, self.rng, self.wording
        lead = ep.add_all(wording.lead)
        if index and rng.random() < 0.25:
            ep.losses += [(p, 0.3, "plain") for p in lead]
        words, _ = self.choose_words(example, list(where))
        said: dict[str, list[int]] = {}
        for i, piece in enumerate(joined(words, wording.last_and)):
            positions = ep.add(piece)
            if piece in (",", "and") and i and piece not in words:
                if index and rng.random() < 0.12:
                    ep.losses += [(p, 0.3, "plain") for p in positions]
                continue
            self.word_loss(piece, example, where, said, positions)
            said[piece] = positions
            if is_content(piece):
                self.word_rows(piece, positions)
        for word, positions in said.items():
            self.mentions[word].append(positions[-1])
        return said

    def word_loss(
        self, word: str, example: Example, where: dict[str, list[int]],
        said: dict[str, list[int]], positions: list[int],
    ) -> None:  # fmt: skip
        """Weigh the prediction of a rationale word and say where to look for it."""
        ep = self.episode
        unsaid = {w: p for w, p in where.items() if w not in said}
        known = word in example.keys and bool(self.matches(word))
        row = positions[0] - 1
        if known:
            ep.losses += [(p, 0.6, "key") for p in positions]
            keys = [p for w, ps in unsaid.items() if w in example.keys and self.matches(w)
                    for p in ps[:1]]  # fmt: skip
            ep.look("C", row, keys)
        elif self.rng.random() < 0.4:
            ep.losses += [(p, 0.25, "filler") for p in positions]
            ep.look("C2", row, [p for ps in unsaid.values() for p in ps[:1]])
        if said:
            ep.look("R", row, [p for ps in said.values() for p in ps])


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


def draw_episode(rng: random.Random, hard_answer: float, hard_rationale: float,
                 share: float = 0.56) -> Episode:  # fmt: skip
    """Draw one episode at the given difficulty of its mode."""
    rationale = rng.random() < share
    top = hard_rationale if rationale else hard_answer
    task = draw_task(rng, top * rng.random() ** 0.3, neighbours)
    wording = draw_wording(rng)
    writer = _Writer(rng, task, wording, rationale)
    shown = rng.random() < 0.85 if wording is TOOLKIT else rng.random() < 0.4
    if shown:
        ep = writer.episode
        if rng.random() < 0.1:
            ep.add_all(rng.choices(lexicon().seen, k=rng.randint(3, 9)) + ["."])
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
        writer.write(draw_example(rng, task, label), index)
    return writer.episode
