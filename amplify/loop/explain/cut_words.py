"""Finds scored spans that begin or end within a word."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from amplify.contract.explainer import Explanation
from amplify.kit.words import word_ranges


def cut_words(explanation: Explanation) -> list[tuple[str, str]]:
    """Each span that begins or ends within a word, as text, and that word."""
    text = explanation.example.text
    words = word_ranges(text)
    starts = [start for start, _ in words]
    cuts = []
    for span in explanation.spans:
        for place in (span.start, span.end):
            index = bisect_right(starts, place) - 1
            if index >= 0 and words[index][0] < place < words[index][1]:
                cuts.append((text[span.start : span.end], text[slice(*words[index])]))
                break
    return cuts


def cut_note(explanations: Iterable[Explanation]) -> str | None:
    """What to know of an arm whose explainer cuts words; None where it cuts none."""
    cuts = [cut for explanation in explanations for cut in cut_words(explanation)]
    if not cuts:
        return None
    part, word = cuts[0]
    return (
        f"{len(cuts)} scored spans cut words (for instance {part[:40]!r} of {word[:40]!r}): key"
        " words made of them are no words of the text"
    )
