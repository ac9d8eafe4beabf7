"""An example with some of its words taken away: what perturbation methods feed to a proxy."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate

from amplify.contract.data import Example, Option
from amplify.kit.words import word_ranges


def without(example: Example, dropped: Iterable[tuple[int, int]], placeholder: str = "") -> Example:
    """The example less these character ranges of its text, with its options and question moved.

    The white space before a dropped range goes with it (behind it, at the start of the text), so
    that what is left reads like a text from which words were deleted, not blanked. A space stays
    where two words would become one (`good😀bad`). With a `placeholder` each range is replaced by
    it, and the space around stays. Ranges may overlap and come in any order. Id and label stay.
    """
    text = example.text
    cuts: list[list[int]] = []
    for start, end in sorted(dropped):
        if not placeholder:
            while start > 0 and text[start - 1] in " \t":
                start -= 1
            while start == 0 and end < len(text) and text[end] in " \t":
                end += 1
        if cuts and start < cuts[-1][1] + (not placeholder):
            cuts[-1][1] = max(cuts[-1][1], end)
        elif end > start:
            cuts.append([start, end])
    if not cuts:
        return example
    edges = [0, *(edge for cut in cuts for edge in cut), len(text)]
    first, *rest = [text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    pieces, run = [first], _last_run(first)
    for piece in rest:
        joint = placeholder or (" " if _glues(run, piece) else "")
        pieces += joint, piece
        run = _last_run(run + joint + piece)
    starts = [start for start, _ in cuts]
    lost = (end - start - len(pieces[2 * i + 1]) for i, (start, end) in enumerate(cuts))
    gone = [0, *accumulate(lost)]

    def moved(place: int) -> int:
        index = bisect_right(starts, place)
        if index and place < cuts[index - 1][1]:
            place = cuts[index - 1][1]
        return place - gone[index]

    question = example.question
    return replace(
        example,
        text="".join(pieces),
        options=tuple(Option(o.label, moved(o.start), moved(o.end)) for o in example.options),
        question=None if question is None else (moved(question[0]), moved(question[1])),
    )


def _last_run(text: str) -> str:
    """What stands behind the last white space."""
    return "" if not text or text[-1].isspace() else text.split()[-1]


def _glues(run: str, piece: str) -> bool:
    """Whether a word would reach from `run`, which holds no white space, into `piece`."""
    if not run or not piece or piece[0].isspace():
        return False
    return any(a < len(run) < b for a, b in word_ranges(run + piece.split()[0]))
