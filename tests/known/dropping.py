"""What every explainer that perturbs words must get right, and ways to get it wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import pytest

from amplify import Claim, Example, Explanation, Proxy, without, word_ranges
from known.models import WordPairs, WordSums

TEXTS = (
    "an unused but splendid evening, splendid to the end of it: walk, don't run!",
    "one",
    "one two",
    "",
    "?!",
    "die Straße naïve e-mail 東京 don't 3.14%",
)


class Explainer(Protocol):
    def explain(self, proxy: Proxy, claims: Sequence[Claim]) -> Sequence[Explanation]: ...


def claims() -> list[Claim]:
    return [Claim(Example(str(i), text, "yes"), "yes", "no") for i, text in enumerate(TEXTS)]


def assert_additive(explainer: Explainer, tolerance: float, contrast: bool = False) -> None:
    """On sums of word weights every word has its weight, and the remainder is the constant."""
    proxy = WordSums()
    made = explainer.explain(proxy, claims())
    for explanation, claim in zip(made, claims(), strict=True):
        text = claim.example.text
        assert [(s.start, s.end) for s in explanation.spans] == word_ranges(text)
        words = [text[s.start : s.end] for s in explanation.spans]
        wanted = [
            proxy.weight(word, "yes") - (proxy.weight(word, "no") if contrast else 0.0)
            for word in words
        ]
        scores = [s.score for s in explanation.spans]
        assert scores == pytest.approx(wanted, abs=tolerance)
        assert explanation.remainder == pytest.approx(0.0 if contrast else 0.25, abs=tolerance)
        assert explanation.unscored == 0
        if "unused" in words:
            assert scores[words.index("unused")] == pytest.approx(0.0, abs=tolerance)


def assert_shapley(explainer: Explainer, tolerance: float) -> None:
    """On x1 x2 + x3 the two that act together have half each."""
    claim = Claim(Example("0", "one two three", "no"), "no")
    (found,) = explainer.explain(WordPairs(), [claim])
    assert [s.score for s in found.spans] == pytest.approx([0.5, 0.5, 1.0], abs=tolerance)


def assert_independent(explainer: Explainer) -> None:
    """Neither the order of the claims nor their company changes an explanation."""
    proxy = WordSums()
    together = list(explainer.explain(proxy, claims()))
    assert list(explainer.explain(proxy, claims()[::-1])) == together[::-1]
    assert [explainer.explain(proxy, [claim])[0] for claim in claims()] == together
    assert list(explainer.explain(proxy, [])) == []


def assert_honest(explainer: Explainer) -> None:
    """A label that is not open to the item is explained by no word, and said to be."""
    example = Example("0", "one two three", "x")
    (found,) = explainer.explain(WordSums(), [Claim(example, "elsewhere")])
    assert (found.spans, found.unscored, found.method != "") == ((), 3, True)


Cut = Callable[..., Example]


MUTANTS: dict[str, Cut] = {
    "keeps every word": lambda example, words: example,
    "keeps what it should drop": lambda example, words: without(
        example, [word for word in word_ranges(example.text) if word not in words]
    ),
    "drops one word too few": lambda example, words: without(example, sorted(words)[1:]),
    "drops a letter": lambda example, words: without(example, [(a, a + 1) for a, _ in words]),
}
"""In place of `without`: each must be noticed by `assert_additive`."""
