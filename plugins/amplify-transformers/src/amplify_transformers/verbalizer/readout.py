"""From the verbalizer's rows to what is really run: rows that read the same are run once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from amplify_transformers.tokens.encoding import EncodedRow
from amplify_transformers.verbalizer.cloze import Cloze


@dataclass(frozen=True, slots=True)
class LabelReadout:
    """The rows that are run for an example, and where its labels are read off.

    `spots[row]` are positions in the row, `wanted[row]` for each label read there its token ids.
    One row stands for all labels where that can be, else each label has its own. `trunk` marks the
    one row of a causal model that ends before the labels: the only spot is its last position, and
    what follows a label's first token is run after it. `cached` tokens before the row are not in
    it: the model's cache holds them.
    """

    rows: tuple[EncodedRow, ...]
    spots: tuple[tuple[int, ...], ...]
    wanted: tuple[tuple[tuple[int, ...], ...], ...]
    trunk: bool = False
    cached: int = 0

    def without(self, prefix: Sequence[int]) -> LabelReadout:
        """The same with `prefix` cached, where the row begins with it and text comes after it."""
        (row,), ((last,),) = self.rows, self.spots
        count = len(prefix)
        begins = row.ids[:count] == tuple(prefix) and not any(row.places[:count])
        # The last token before the labels is run: its logits are read.
        if not count or not begins or last < count:
            return self
        return replace(
            self, rows=(_part(row, count, None),), spots=((last - count,),), cached=count
        )


def read(clozes: Sequence[Cloze], causal: bool, branches: bool) -> LabelReadout:
    """How the rows of an example's labels are best run.

    `branches`: labels of several tokens may be run after what they share, from the model's cache.
    """
    first = clozes[0]
    start = first.spots[0]
    if causal and all(_continues(cloze, first, start) for cloze in clozes):
        wanted = tuple(cloze.wanted for cloze in clozes)
        if branches or max(map(len, wanted)) == 1:
            return LabelReadout(
                (_part(first.tokens, 0, start),), ((start - 1,),), (wanted,), trunk=True
            )
    if all(c.tokens == first.tokens and c.spots == first.spots for c in clozes) and not causal:
        return LabelReadout((first.tokens,), (first.spots,), (tuple(c.wanted for c in clozes),))
    return LabelReadout(
        tuple(c.tokens for c in clozes),
        # A causal model says at each position what comes next.
        tuple(tuple(spot - causal for spot in c.spots) for c in clozes),
        tuple((c.wanted,) for c in clozes),
    )


def _continues(cloze: Cloze, first: Cloze, start: int) -> bool:
    """Whether the row is `first` up to `start`, and its label without a gap from there on."""
    return (
        cloze.spots == tuple(range(start, start + len(cloze.spots)))
        and cloze.tokens.ids[:start] == first.tokens.ids[:start]
        and cloze.tokens.places[:start] == first.tokens.places[:start]
    )


def _part(row: EncodedRow, start: int, end: int | None) -> EncodedRow:
    return EncodedRow(row.ids[start:end], row.types[start:end], row.places[start:end])
