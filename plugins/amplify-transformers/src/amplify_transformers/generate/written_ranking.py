"""Ranks labels behind what the model has written, from the cache of the rows that wrote it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from amplify_transformers.generate.decoding import DecodingRows, SharingMode
from amplify_transformers.generate.label_ranking import (
    RankingRow,
    rank_labels,
    rank_labels_behind,
)
from amplify_transformers.generate.labelled_prompt import LabelledPrompt
from amplify_transformers.generate.partial_reply import PartialReply
from amplify_transformers.generate.prefix_sharing import Sharing

ROWS_SHARE = 4
"""Of the rows of a batch, one in so many is copied at a time, which bounds the memory for it."""


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
        self.scores: dict[int, list[float]] = {}

    def rank(self, rows: DecodingRows | None, leaving: Sequence[tuple[int, int]]) -> None:
        """Rank the labels of some prompts; `leaving` has the row and the index of each."""
        clock = time.perf_counter()
        behind: list[tuple[int, int, RankingRow]] = []
        for row, index in leaving:
            labelled = self._labels_behind(index)
            if labelled is None:
                continue
            kept = self._kept(rows, index, labelled.stem)
            if kept is None:
                self.scores[index] = self._rank_apart(labelled)
            else:
                ranking_row = RankingRow(kept, labelled.stem[kept:], labelled.endings)
                behind.append((row, index, ranking_row))
        behind.sort(key=lambda entry: len(entry[2].suffix))
        size = -(-len(self._prompts) // ROWS_SHARE)
        for start in range(0, len(behind), size):
            self._rank_behind(rows, behind[start : start + size])
        share = (time.perf_counter() - clock) / len(leaving)
        for _, index in leaving:
            self._replies[index].seconds += share

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

    def _rank_behind(
        self, rows: DecodingRows | None, entries: Sequence[tuple[int, int, RankingRow]]
    ) -> None:
        assert rows is not None  # else nothing is ranked behind them
        mode = self._sharing.mode
        if mode is SharingMode.COPIES and not rows.crops:
            mode = SharingMode.EVEN

        def copies(chosen: Sequence[int], tokens: int) -> DecodingRows:
            lengths = [entries[at][2].start for at in chosen]
            return rows.copies([entries[at][0] for at in chosen], lengths, tokens)

        ranking_rows = [ranking_row for _, _, ranking_row in entries]
        ranked = rank_labels_behind(self._model, mode, copies, ranking_rows)
        for (_, index, _), scores in zip(entries, ranked, strict=True):
            self.scores[index] = scores

    def _rank_apart(self, labelled: LabelledPrompt) -> list[float]:
        """The labels' scores from the shared prefix on, or whole where the text differs in it."""
        sharing, stem = self._sharing, labelled.stem
        cached = sharing.cached
        if cached and (len(stem) <= cached or stem[:cached] != sharing.prefix.ids):  # type: ignore[union-attr]  # there is a prefix
            sharing, cached = Sharing(SharingMode.WHOLE), 0
        (scores,) = rank_labels(
            self._model, sharing, [RankingRow(cached, stem[cached:], labelled.endings)]
        )
        return scores
