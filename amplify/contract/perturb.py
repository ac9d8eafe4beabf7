"""An example with some of its words taken away: what perturbation methods feed to a proxy."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate

from amplify.contract.data import Example, Option


def without(example: Example, dropped: Iterable[tuple[int, int]]) -> Example:
    """The example less these character ranges of its text, with its options and question moved.

    The white space before a dropped range goes with it (behind it, at the start of the text), so
    that what is left reads like a text from which words were deleted, not blanked. Ranges may
    overlap and come in any order. Id and label stay.
    """
    text = example.text
    cuts: list[list[int]] = []
    for start, end in sorted(dropped):
        while start > 0 and text[start - 1] in " \t":
            start -= 1
        if start == 0:
            while end < len(text) and text[end] in " \t":
                end += 1
        if cuts and start <= cuts[-1][1]:
            cuts[-1][1] = max(cuts[-1][1], end)
        elif end > start:
            cuts.append([start, end])
    if not cuts:
        return example
    starts = [start for start, _ in cuts]
    gone = [0, *accumulate(end - start for start, end in cuts)]

    def moved(place: int) -> int:
        index = bisect_right(starts, place)
        if index and place < cuts[index - 1][1]:
            place = cuts[index - 1][1]
        return place - gone[index]

    kept = [0, *(edge for cut in cuts for edge in cut), len(text)]
    pieces = (text[a:b] for a, b in zip(kept[::2], kept[1::2], strict=True))
    question = example.question
    return replace(
        example,
        text="".join(pieces),
        options=tuple(Option(o.label, moved(o.start), moved(o.end)) for o in example.options),
        question=None if question is None else (moved(question[0]), moved(question[1])),
    )
