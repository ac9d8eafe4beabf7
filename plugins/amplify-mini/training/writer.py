"""Writes the demonstrations of an episode, with what to predict and where attention should look."""

from __future__ import annotations

import random
from collections import defaultdict

from training.episode import Episode, is_content, word_ids
from training.tasks import SyntheticTask, SyntheticText
from training.wordings import EpisodeWording, joined


class EpisodeWriter:
    """Writes the demonstrations of one episode and keeps what later demonstrations can match."""

    def __init__(
        self, rng: random.Random, task: SyntheticTask, wording: EpisodeWording, rationale: bool
    ) -> None:
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
        matches = self.gathered.get(word, [])
        if self.task.soft and word in self.key_class:
            matches = matches + self.by_class.get(self.key_class[word], [])
        return matches

    def choose_words(self, example: SyntheticText, content: list[str]) -> tuple[list[str], int]:
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

    def write(self, example: SyntheticText, index: int) -> None:
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
        known_positions = [
            p for w in example.keys if w in where and self.matches(w) for p in where[w][-1:]
        ]
        cue = ep.add_all(wording.before_answer)
        source = where
        if ep.rationale:
            source = self.write_rationale(example, where, index)
            cue = ep.add_all(wording.phrase)
            known_positions += [p for w in example.keys if w in source and self.matches(w)
                          for p in source[w][-1:]]  # fmt: skip
            if rng.random() < 0.12 and index:
                ep.losses += [(p, 0.3, "plain") for p in cue]
        self.write_label(example, source, known_positions, index, cue[-1])

    def write_label(
        self,
        example: SyntheticText,
        source: dict[str, list[int]],
        known: list[int],
        index: int,
        cue: int,
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
        """Let a word look at the labels of demonstrations that carry it, else at the start."""
        matches = self.matches(word)
        if matches:
            self.episode.look("W", positions[-1], [p for p, _ in matches])
        elif self.rng.random() < 0.12:
            self.episode.look("S", positions[-1], [0])

    def write_rationale(
        self, example: SyntheticText, where: dict[str, list[int]], index: int
    ) -> dict[str, list[int]]:
        """Write the key words; every next word is looked up in the text."""
        ep, rng, wording = self.episode, self.rng, self.wording
        lead = ep.add_all(wording.lead)
        if index and rng.random() < 0.25:
            ep.losses += [(p, 0.3, "plain") for p in lead]
        words, _ = self.choose_words(example, list(where))
        named: dict[str, list[int]] = {}
        for i, piece in enumerate(joined(words, wording.last_and)):
            positions = ep.add(piece)
            if piece in (",", "and") and i and piece not in words:
                if index and rng.random() < 0.12:
                    ep.losses += [(p, 0.3, "plain") for p in positions]
                continue
            self.word_loss(piece, example, where, named, positions)
            named[piece] = positions
            if is_content(piece):
                self.word_rows(piece, positions)
        for word, positions in named.items():
            self.mentions[word].append(positions[-1])
        return named

    def word_loss(
        self, word: str, example: SyntheticText, where: dict[str, list[int]],
        named: dict[str, list[int]], positions: list[int],
    ) -> None:  # fmt: skip
        """Weigh the prediction of a rationale word and say where to look for it."""
        ep = self.episode
        unnamed = {w: p for w, p in where.items() if w not in named}
        known = word in example.keys and bool(self.matches(word))
        row = positions[0] - 1
        if known:
            ep.losses += [(p, 0.6, "key") for p in positions]
            keys = [p for w, ps in unnamed.items() if w in example.keys and self.matches(w)
                    for p in ps[:1]]  # fmt: skip
            ep.look("C", row, keys)
        elif self.rng.random() < 0.4:
            ep.losses += [(p, 0.25, "filler") for p in positions]
            ep.look("C2", row, [p for ps in unnamed.values() for p in ps[:1]])
        if named:
            ep.look("R", row, [p for ps in named.values() for p in ps])


def _label_offset(labels: tuple[str, ...]) -> int:
    """Find the first token in which the labels differ."""
    ids = [word_ids(label) for label in labels]
    for i in range(min(len(x) for x in ids)):
        if len({x[i] for x in ids}) > 1:
            return i
    return 0
