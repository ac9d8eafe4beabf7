"""Proxies whose behaviour is known exactly, for the tests of the loop."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

from amplify import Claim, Example, Explanation, Scores, Span, word_ranges


def softmax(logits: Sequence[float]) -> tuple[float, ...]:
    top = max(logits)
    weights = [math.exp(value - top) for value in logits]
    return tuple(weight / sum(weights) for weight in weights)


class Memoriser:
    """Sure of the truth of every text that it was fitted on, and of the first label elsewhere."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        self.labels = labels
        self.seen = {example.text: example.label for example in train}

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        found = []
        for example in examples:
            known = self.seen.get(example.text, self.labels[0])
            logits = tuple(9.0 if label == known else 0.0 for label in self.labels)
            found.append(Scores(self.labels, logits, softmax(logits)))
        return found


class Introspector:
    """An explainer that says whether the proxy at hand was fitted on the example: score 1 or 2."""

    def explain(self, proxy: Memoriser, claims: Sequence[Claim]) -> list[Explanation]:
        made = []
        for claim in claims:
            score = 2.0 if claim.example.text in proxy.seen else 1.0
            spans = tuple(Span(*p, score) for p in word_ranges(claim.example.text))
            made.append(Explanation(claim.example, claim.target, spans, method="introspection"))
        return made


class Additive:
    """Gives "yes" the probability `base` plus the weight of each word that stands in the text.

    So what any set of words is worth is known by hand. `calls` holds the texts of each call.
    """

    def __init__(self, weights: Mapping[str, float], base: float = 0.5) -> None:
        self.weights = weights
        self.base = base
        self.calls: list[list[str]] = []

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        pass

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        self.calls.append([example.text for example in examples])
        found = []
        for example in examples:
            words = (example.text[a:b].casefold() for a, b in word_ranges(example.text))
            yes = self.base + sum(self.weights.get(word, 0.0) for word in words)
            found.append(Scores(("no", "yes"), (1 - yes, yes), (1 - yes, yes)))
        return found


class Weights:
    """An explainer that knows the weights of an `Additive` proxy; counts what it explained."""

    def __init__(self) -> None:
        self.explained: list[str] = []

    def explain(self, proxy: Additive, claims: Sequence[Claim]) -> list[Explanation]:
        made = []
        for claim in claims:
            self.explained.append(claim.example.id)
            text = claim.example.text
            sign = 1 if claim.target == "yes" else -1
            spans = tuple(
                Span(a, b, sign * proxy.weights.get(text[a:b].casefold(), 0.0))
                for a, b in word_ranges(text)
            )
            made.append(Explanation(claim.example, claim.target, spans, method="weights"))
        return made


class WordSums:
    """Logits are sums of a weight for each word and a bias, in float64; every word's is known.

    For an item with options, each option's words are summed by themselves. `calls` keeps how many
    examples each prediction was asked for.
    """

    def __init__(self, labels: tuple[str, ...] = ("no", "yes", "so-so")) -> None:
        self.labels = labels
        self.calls: list[int] = []

    def weight(self, word: str, label: str) -> float:
        return 0.0 if word == "unused" else random.Random(f"{label}/{word}").gauss()

    def _sum(self, text: str, label: str) -> float:
        return sum((self.weight(text[a:b], label) for a, b in word_ranges(text)), start=0.25)

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        """Nothing to learn."""

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        self.calls.append(len(examples))
        found = []
        for example in examples:
            labels = example.labels(self.labels)
            logits = tuple(
                self._sum(example.text[slice(*place)], name)
                for place, name in (
                    [((o.start, o.end), "option") for o in example.options]
                    or [((0, None), label) for label in labels]
                )
            )
            found.append(Scores(labels, logits, softmax(logits)))
        return found


class WordPairs(WordSums):
    """The first label's logit is x1 x2 + x3 over the words "one", "two" and "three"."""

    def _sum(self, text: str, label: str) -> float:
        words = {text[a:b] for a, b in word_ranges(text)}
        return float({"one", "two"} <= words) + float("three" in words) if label == "no" else 0.0
