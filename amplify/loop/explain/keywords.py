"""Takes the key words out of an explanation: masks, groups, and keeps the top k."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Literal

from amplify.contract.data import Example
from amplify.contract.explainer import Explanation
from amplify.contract.template import KeyWord
from amplify.kit.words import word_form, word_ranges

Mask = Literal["scaffold", "options", "stop-words", "numbers"]

# Function words that carry no class; negations (not, no, never, nor, without) stay out of it.
_FUNCTION_WORDS = """
a an and are as at be been being but by can could did do does for from had has have he her hers
him his i if in into is it its itself me my of on onto or our ours she should so some such than
that the their theirs them then there these they this those to too us was we were what when
where which while who whom whose why will with would you your yours
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())


def scaffold(examples: Iterable[Example], share: float = 0.8) -> frozenset[str]:
    """The task's own scaffolding: words (as `word_form` has them) of at least `share` of them."""
    counts: Counter[str] = Counter()
    total = 0
    for example in examples:
        total += 1
        text = example.text
        counts.update({word_form(text[start:end]) for start, end in word_ranges(text)})
    return frozenset(word for word, count in counts.items() if total and count >= share * total)


def in_content(example: Example, start: int, end: int) -> bool:
    """Whether a word stands in the question or in an option's text, not in a letter or heading."""
    if not example.options:
        return True
    question = example.question or (0, example.options[0].start)
    ranges = [question, *((option.start, option.end) for option in example.options)]
    return any(first <= start and end <= last for first, last in ranges)


def is_number(word: str) -> bool:
    """Whether a word holds digits and no letter: `3.14`, `2024`, `½`."""
    return any(c.isnumeric() for c in word) and not any(c.isalpha() for c in word)


def key_words(
    explanation: Explanation,
    k: int,
    mask: Collection[Mask] = ("scaffold", "options"),
    scaffolding: Collection[str] = (),
) -> tuple[KeyWord, ...]:
    """At most `k` key words, highest score first.

    A word that occurs twice (compared by `word_form`) is listed once, as it first stands, with the
    sum of its scores; only words that speak for the target (a score above 0) count, so fewer than
    `k` may come back, and none is ever made up. Ties go to the earlier word. `mask` says what is
    left out: "scaffold" (the `scaffolding` words), "options" (option letters and the heading of the
    list), "stop-words", "numbers" (words without a letter that hold a digit).
    """
    text = explanation.example.text
    scores: dict[str, float] = {}
    places: dict[str, list[tuple[int, int]]] = {}
    for span in sorted(explanation.spans, key=lambda s: s.start):
        word = word_form(text[span.start : span.end])
        if "options" in mask and not in_content(explanation.example, span.start, span.end):
            continue
        if "scaffold" in mask and word in scaffolding:
            continue
        if "stop-words" in mask and word in STOP_WORDS:
            continue
        if "numbers" in mask and is_number(word):
            continue
        scores[word] = scores.get(word, 0.0) + span.score
        places.setdefault(word, []).append((span.start, span.end))
    ranked = sorted((w for w in scores if scores[w] > 0), key=lambda w: (-scores[w], places[w][0]))
    return tuple(
        KeyWord(text[slice(*places[word][0])], scores[word], tuple(places[word]))
        for word in ranked[:k]
    )
