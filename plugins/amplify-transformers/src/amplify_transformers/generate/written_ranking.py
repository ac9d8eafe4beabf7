"""Ranks labels behind what the model has written, from the cache of the rows that wrote it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from amplify_transformers.generate.decoding import CascadeRows, DecodingRows, SharingMode
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


@dataclass(frozen=True)
class WrittenRow:
    """A row that wrote the reply to the prompt of an index, and what is to be ranked behind it."""

    row: int
    index: int
    ranking: RankingRow


class WrittenRanking:
    """The labels' `scores` behind what was written, by the index of the prompt.

    A label stands behind the prompt, what was written and the cue, all in the model's own
    tokenisation of that whole text: what the cache holds of the same tokens is used, and the rest
    is fed. Where the tokens that were written are others than those of their text, that is more
    than the cue.

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
        self._aside: dict[int, list[tuple[CascadeRows, list[WrittenRow]]]] = defaultdict(list)
        self.scores: dict[int, list[float]] = {}

    def rank(
        self, rows: DecodingRows | None, leaving: Sequence[tuple[int, int]], last: bool
    ) -> list[int]:
        """Rank the labels of some prompts, and return the indices of those that are ranked.

        `leaving` has the row and the index of each. Rows are set aside until there are enough that
        have about as many tokens to be fed, up to twice as many, but for the `last`.
        """
        clock = time.perf_counter()
        done: list[int] = []
        behind: dict[int, list[WrittenRow]] = defaultdict(list)
        for row, index in leaving:
            labelled = self._labels_behind(index)
            kept = None if labelled is None else self._kept(rows, index, labelled.stem)
            if labelled is not None and kept is not None:
                ranking = RankingRow(kept, labelled.stem[kept:], labelled.endings)
                behind[len(ranking.suffix).bit_length()].append(WrittenRow(row, index, ranking))
                continue
            if labelled is not None:
                self.scores[index] = self._rank_apart(labelled)
            done.append(index)
        for size, written in behind.items():
            if isinstance(rows, CascadeRows):
                self._set_aside(rows, size, written)
            elif rows is not None:
                done += self._rank_copies(rows, written)
        for size, parts in list(self._aside.items()):
            if last or sum(len(written) for _, written in parts) >= self._rows:
                done += self._rank_joined(self._aside.pop(size))
        seconds = time.perf_counter() - clock
        for index in done:
            self._replies[index].seconds += seconds / len(done)
        return done

    def _kept(self, rows: DecodingRows | None, index: int, stem: Sequence[int]) -> int | None:
        """How many tokens of the row the `stem` goes on from; None where it cannot.

        All of its tokens but the last, which was never fed, have gone through the model.
        """
        if rows is None:
            return None
        fed = [*self._prompts[index], *self._replies[index].ids[:-1]]
        most = min(len(fed), len(stem) - 1)
        kept = next((at for at in range(most) if fed[at] != stem[at]), most)
        usable = kept == len(fed) or rows.crops
        return kept if usable and kept >= self._sharing.cached else None

    def _set_aside(self, rows: CascadeRows, size: int, written: list[WrittenRow]) -> None:
        """Copy rows whose number of tokens to be fed has `size` bits, some at a time."""
        for start in range(0, len(written), self._rows):
            part = written[start : start + self._rows]
            lengths = [row.ranking.start for row in part]
            copies = rows.copies([row.row for row in part], lengths, 0)
            self._aside[size].append((copies, part))

    def _rank_joined(self, parts: Sequence[tuple[CascadeRows, list[WrittenRow]]]) -> list[int]:
        written = [row for _, part in parts for row in part]

        def joined(_: Sequence[int], tokens: int) -> DecodingRows:
            return CascadeRows.joined([rows for rows, _ in parts], tokens)

        return self._rank_behind(SharingMode.CASCADE, joined, written)

    def _rank_copies(self, rows: DecodingRows, written: Sequence[WrittenRow]) -> list[int]:
        def copies(chosen: Sequence[int], tokens: int) -> DecodingRows:
            lengths = [written[at].ranking.start for at in chosen]
            return rows.copies([written[at].row for at in chosen], lengths, tokens)

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
