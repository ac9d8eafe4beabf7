"""Ranks labels behind what the model has written, in the rows that wrote it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from amplify_transformers.generate.cascade_rows import CascadeRows
from amplify_transformers.generate.decoding import DecodingRows, SharingMode
from amplify_transformers.generate.label_ranking import (
    OpenRows,
    RankingRow,
    rank_labels,
    rank_labels_behind,
)
from amplify_transformers.generate.labelled_prompt import LabelledPrompt
from amplify_transformers.generate.partial_reply import PartialReply
from amplify_transformers.generate.prefix_sharing import Sharing

ROWS_SHARE, LEAST_ROWS = 2, 8
"""Of the rows of a batch, one in so many are ranked at a time, and so many at least: a pass over
few takes about as long as one over several. They are copied for it."""

LEAST_TOKENS = 8
"""Rows that are to be fed so many tokens or fewer are ranked together, of others those that are to
be fed up to twice as many."""


@dataclass
class Asked:
    """The labels behind an ended reply, and how many tokens of their stem its row has been fed.

    `fed` is None where the row cannot go on to the stem.
    """

    labelled: LabelledPrompt
    fed: int | None

    @property
    def single(self) -> bool:
        """Whether each label is one token: then the logits behind the stem have them all."""
        return self.labelled.longest == 1

    @property
    def next_token(self) -> int | None:
        """The token that the row goes on with before its labels' own pass, if they need one."""
        riding = self.labelled.stem if self.single else self.labelled.stem[:-1]
        return None if self.fed is None or self.fed >= len(riding) else riding[self.fed]


@dataclass(frozen=True)
class WrittenRow:
    """A row that wrote the reply to the prompt of an index, and what is to be ranked behind it."""

    row: int
    index: int
    ranking: RankingRow


class WrittenRanking:
    """The labels' `scores` behind what was written, by the index of the prompt.

    A label stands behind the prompt, what was written and the cue, all in the model's own
    tokenisation of that whole text: what the row holds of the same tokens is used, and the rest is
    fed to it. Where the tokens that were written are others than those of their text, that is more
    than the cue.

    While other rows write, the rest rides in their steps, a token in each. The labels, where one
    has several tokens, and what is left when no row writes any more, have a pass of their own, for
    several rows at a time.

    `labels_behind` makes the labelled text of a prompt, by its index, when its reply has ended, or
    gives None where labels cannot be ranked behind it: then there are no scores.
    """

    def __init__(
        self,
        model: Any,
        sharing: Sharing,
        prompts: Sequence[Sequence[int]],
        replies: Sequence[PartialReply],
        labels_behind: Callable[[int], LabelledPrompt | None],
    ) -> None:
        self._model = model
        self._sharing = sharing
        self._prompts = prompts
        self._replies = replies
        self._labels_behind = labels_behind
        self._rows = max(LEAST_ROWS, -(-len(prompts) // ROWS_SHARE))
        self._asked: dict[int, Asked] = {}
        self._aside: dict[int, list[tuple[CascadeRows, list[WrittenRow]]]] = defaultdict(list)
        self.scores: dict[int, list[float]] = {}

    def begin(self, rows: DecodingRows | None, row: int, index: int) -> int | None:
        """Take up a reply that has just ended; return the token that its row goes on with, if any.

        What the row does not go on from is dropped. There are no rows where the model's cache
        cannot be used.
        """
        labelled = self._labels_behind(index)
        if labelled is None:
            return None
        self._asked[index] = Asked(labelled, self._kept(rows, row, index, labelled.stem))
        return self._asked[index].next_token

    def step(self, index: int, logits: torch.Tensor) -> int | None:
        """Take up the logits [vocabulary] behind the token; return the next, if any."""
        asked = self._asked[index]
        assert asked.fed is not None  # it had a token to go on with
        asked.fed += 1
        if asked.single and asked.next_token is None:
            logs = logits.float().log_softmax(-1)
            self.scores[index] = logs[[label for (label,) in asked.labelled.endings]].tolist()
        return asked.next_token

    def leave(
        self, rows: DecodingRows | None, leaving: Sequence[tuple[int, int]], last: bool
    ) -> list[int]:
        """Rank what has not ridden; return the indices, of any call, that are done with.

        `leaving` has the row and the index of each. Rows are set aside until there are enough that
        have about as many tokens to be fed, but for the `last`.
        """
        clock = time.perf_counter()
        done: list[int] = []
        behind: dict[int, list[WrittenRow]] = defaultdict(list)
        for row, index in leaving:
            asked = self._asked.pop(index, None)
            if asked is not None and asked.fed is not None and index not in self.scores:
                rest = asked.labelled.stem[asked.fed :]
                ranking = RankingRow(asked.fed, rest, asked.labelled.endings)
                size = (max(len(rest), LEAST_TOKENS) - 1).bit_length()
                behind[size].append(WrittenRow(row, index, ranking))
                continue
            if asked is not None and asked.fed is None:
                self.scores[index] = self._rank_apart(asked.labelled)
            done.append(index)
        for size, written in behind.items():
            if isinstance(rows, CascadeRows):
                done += self._set_aside(rows, size, written)
            elif rows is not None:
                done += self._rank_copies(rows, written)
        if last:
            for parts in self._aside.values():
                done += self._rank_joined(parts)
        seconds = time.perf_counter() - clock
        for index in done:
            self._replies[index].seconds += seconds / len(done)
        return done

    def _kept(
        self, rows: DecodingRows | None, row: int, index: int, stem: Sequence[int]
    ) -> int | None:
        """How many tokens of the row the `stem` goes on from; None where it cannot.

        All of its tokens but the last, which was never fed, have gone through the model.
        """
        if rows is None:
            return None
        fed = [*self._prompts[index], *self._replies[index].ids[:-1]]
        most = min(len(fed), len(stem) - 1)
        kept = next((at for at in range(most) if fed[at] != stem[at]), most)
        dropped = len(fed) - kept
        if kept < self._sharing.cached or (dropped and not rows.crops):
            return None
        if dropped:
            rows.crop(row, dropped)
        return kept

    def _set_aside(self, rows: CascadeRows, size: int, written: list[WrittenRow]) -> Iterator[int]:
        """Copy rows that have at most 2**`size` tokens to be fed, and rank enough of them."""
        for start in range(0, len(written), self._rows):
            part = written[start : start + self._rows]
            self._aside[size].append((rows.copies([row.row for row in part], 0), part))
            if sum(len(some) for _, some in self._aside[size]) >= self._rows:
                yield from self._rank_joined(self._aside.pop(size))

    def _rank_joined(self, parts: Sequence[tuple[CascadeRows, list[WrittenRow]]]) -> list[int]:
        written = [row for _, part in parts for row in part]

        def joined(_: Sequence[int], tokens: int) -> DecodingRows:
            return CascadeRows.joined([rows for rows, _ in parts], tokens)

        return self._rank_behind(SharingMode.CASCADE, joined, written)

    def _rank_copies(self, rows: DecodingRows, written: Sequence[WrittenRow]) -> list[int]:
        def copies(chosen: Sequence[int], tokens: int) -> DecodingRows:
            return rows.copies([written[at].row for at in chosen], tokens)

        copied = self._sharing.mode is SharingMode.COPIES and not rows.crops
        mode = SharingMode.EVEN if copied else self._sharing.mode
        return self._rank_behind(mode, copies, written)

    def _rank_behind(
        self, mode: SharingMode, open_rows_of: OpenRows, written: Sequence[WrittenRow]
    ) -> list[int]:
        ranking_rows = [row.ranking for row in written]
        ranked = rank_labels_behind(self._model, mode, open_rows_of, ranking_rows)
        for row, scores in zip(written, ranked, strict=True):
            self.scores[row.index] = scores
        return [row.index for row in written]

    def _rank_apart(self, labelled: LabelledPrompt) -> list[float]:
        """The labels' scores from the shared prefix on, or whole where the text differs in it."""
        sharing, stem = self._sharing, labelled.stem
        cached = sharing.cached
        prefix = sharing.prefix
        if prefix and (len(stem) <= cached or stem[:cached] != prefix.ids):
            sharing, cached = Sharing(SharingMode.WHOLE), 0
        (scores,) = rank_labels(
            self._model, sharing, [RankingRow(cached, stem[cached:], labelled.endings)]
        )
        return scores
