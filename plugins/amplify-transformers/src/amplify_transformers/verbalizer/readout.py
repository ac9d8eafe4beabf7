"""From an example's clozes to the rows that are run: rows that are equal are run once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from amplify_transformers.tokens.encoding import EncodedRow
from amplify_transformers.verbalizer.cloze import Cloze


@dataclass(frozen=True, slots=True)
class LabelReadout:
    """The rows that are run for an example, and where the labels' tokens are read off them.

    `positions[row]` are the positions that are read, `label_ids[row]` the token ids of each label
    that is read there. One row stands for all labels where that is possible, else each label has a
    row. With `ends_before_label`, the one row of a causal model ends before the labels: its only
    position is its last, and what follows a label's first token is run after the row. `cached` is
    how many tokens before the row are left out of it, as the model's cache holds them.
    """

    rows: tuple[EncodedRow, ...]
    positions: tuple[tuple[int, ...], ...]
    label_ids: tuple[tuple[tuple[int, ...], ...], ...]
    ends_before_label: bool = False
    cached: int = 0

    def after_prefix(self, prefix: Sequence[int]) -> LabelReadout:
        """The readout with `prefix` left to the cache, if its row begins with it and text follows.

        Only for a readout that ends before the labels.
        """
        (row,), ((last,),) = self.rows, self.positions
        count = len(prefix)
        begins = row.ids[:count] == tuple(prefix) and not any(row.offsets[:count])
        # The last token before the labels is run: its logits are read.
        if not count or not begins or last < count:
            return self
        return replace(
            self, rows=(_part(row, count, None),), positions=((last - count,),), cached=count
        )


def label_readout(clozes: Sequence[Cloze], causal: bool, can_branch: bool) -> LabelReadout:
    """How the rows of an example's labels are best run.

    `can_branch`: labels of several tokens may be run after the row that they share, from the
    model's cache.
    """
    first = clozes[0]
    start = first.label_positions[0]
    if causal and all(_continues(cloze, first, start) for cloze in clozes):
        label_ids = tuple(cloze.label_ids for cloze in clozes)
        if can_branch or max(map(len, label_ids)) == 1:
            row = _part(first.row, 0, start)
            return LabelReadout((row,), ((start - 1,),), (label_ids,), ends_before_label=True)
    equal = all(c.row == first.row and c.label_positions == first.label_positions for c in clozes)
    if equal and not causal:
        label_ids = tuple(cloze.label_ids for cloze in clozes)
        return LabelReadout((first.row,), (first.label_positions,), (label_ids,))
    return LabelReadout(
        tuple(cloze.row for cloze in clozes),
        # The logits of a causal model at a position are those of the next token.
        tuple(tuple(position - causal for position in c.label_positions) for c in clozes),
        tuple((cloze.label_ids,) for cloze in clozes),
    )


def _continues(cloze: Cloze, first: Cloze, start: int) -> bool:
    """Whether the row is `first` up to `start`, and its label without a gap from there on."""
    positions = cloze.label_positions
    return (
        positions == tuple(range(start, start + len(positions)))
        and cloze.row.ids[:start] == first.row.ids[:start]
        and cloze.row.offsets[:start] == first.row.offsets[:start]
    )


def _part(row: EncodedRow, start: int, end: int | None) -> EncodedRow:
    return EncodedRow(row.ids[start:end], row.types[start:end], row.offsets[start:end])
