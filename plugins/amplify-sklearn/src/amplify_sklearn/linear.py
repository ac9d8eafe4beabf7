"""The linear proxy: TF-IDF words and logistic regression, no torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from scipy.sparse import vstack
from scipy.sparse.linalg import norm
from sklearn.feature_extraction.text import TfidfVectorizer

from amplify import Context, DataError, Example, Parts, PluginError, Scores, word_ranges
from amplify_sklearn.fit import Array, fit_labels, fit_options
from amplify_sklearn.options import LinearOptions
from amplify_sklearn.rows import Row, option_rows, plain_row
from amplify_sklearn.words import Grams

T = TypeVar("T")

MANY = 500
"""From how many texts on it is shown how many are read."""


@dataclass(frozen=True)
class _Fitted:
    """What `fit` leaves: the features, and the weights [features, labels] (or [features, 1])."""

    vectorizer: Any
    weights: Array
    constants: Array
    labels: tuple[str, ...]
    by_option: bool


class Linear:
    """A proxy whose logits are sums over words (`Proxy`, `LinearProxy`).

    Where training items list options, every item is scored option by option: one weight vector
    scores each option's text. Otherwise each label has weights and a constant of its own.
    """

    def __init__(self, options: LinearOptions, context: Context) -> None:
        self._options = options
        self._show = context.show
        self._grams = Grams(options.ngrams)
        self._fitted: _Fitted | None = None

    def fit(self, train: Sequence[Example], labels: tuple[str, ...]) -> None:
        """Learn the words of `train` and their weights; nothing is drawn, the result is fixed.

        Items whose label is not open to them teach nothing and are left out. Raises DataError
        where none is left, or where no feature stands in `min_df` texts.
        """
        usable = [example for example in train if example.label in example.labels(labels)]
        if not usable:
            raise DataError("there is no training item to fit the proxy on", hint="see [split]")
        by_option = any(example.options for example in usable)
        rows = [self._rows(by_option, labels, example) for example in usable]
        vectorizer = TfidfVectorizer(
            analyzer=self._grams,
            min_df=self._options.min_df,
            norm="l2" if self._options.normalise else None,
        )
        texts = [row.text for item in rows for row in item]
        try:
            vectorizer.fit(self._told("count the words of texts", texts))
        except ValueError as error:
            raise DataError(
                f"no word can be a feature: {error}",
                where="sklearn/linear",
                hint=f"min_df is {self._options.min_df}: lower it, or train on more items",
            ) from None
        weighed = self._told("weigh the words of texts", rows)
        features = [vectorizer.transform([row.text for row in item]) for item in weighed]
        # Texts of length 1 on average, as the normalised ones are: C means the same for both.
        scale = float(norm(vstack(features), axis=1).mean()) or 1.0
        if by_option:
            places = [e.labels(labels).index(e.label) for e in usable]
            items = [
                (feature / scale, place) for feature, place in zip(features, places, strict=True)
            ]
            weights, constants = fit_options(items, self._options.C), np.zeros(1)
        else:
            answers = [example.label for example in usable]
            scaled = vstack(features).tocsr() / scale
            weights, constants = fit_labels(scaled, answers, labels, self._options.C)
        weights /= scale
        self._fitted = _Fitted(vectorizer, weights, constants, labels, by_option)

    def predict(self, examples: Sequence[Example]) -> list[Scores]:
        """One `Scores` for each example, in order; equal texts are scored once."""
        fitted = self._ready()
        items = [self._example_rows(fitted, example) for example in examples]
        texts = list(dict.fromkeys(row.text for rows in items for row in rows))
        place = {text: index for index, text in enumerate(texts)}
        told = self._told("score texts by the proxy", texts)
        values = fitted.vectorizer.transform(told) @ fitted.weights + fitted.constants
        scores = []
        for example, rows in zip(examples, items, strict=True):
            logits = values[[place[row.text] for row in rows]].ravel()
            shares = np.exp(logits - logits.max())
            chances = tuple((shares / shares.sum()).tolist())
            scores.append(Scores(self._labels(fitted, example), tuple(logits.tolist()), chances))
        return scores

    def parts(self, examples: Sequence[Example]) -> list[Parts]:
        """What each word adds to each logit, for each example, in order.

        A run of several words is shared out to them evenly.
        """
        fitted = self._ready()
        return [self._parts(fitted, example) for example in examples]

    def _parts(self, fitted: _Fitted, example: Example) -> Parts:
        labels = self._labels(fitted, example)
        words: dict[tuple[int, int], Array] = {}
        rest = np.zeros(len(labels))
        for column, row in enumerate(self._example_rows(fitted, example)):
            mine = slice(column, column + 1) if fitted.by_option else slice(None)
            rest[mine] += fitted.constants
            shares = self._shares(fitted, row.text)
            if row.start is None:
                rest[mine] += shares.sum(0)
                continue
            for (start, end), share in zip(word_ranges(row.text), shares, strict=True):
                place = (start + row.start, end + row.start)
                words.setdefault(place, np.zeros(len(labels)))[mine] += share
        places = sorted(words)
        return Parts(
            labels,
            tuple(places),
            tuple(tuple(words[place].tolist()) for place in places),
            tuple(rest.tolist()),
        )

    def _shares(self, fitted: _Fitted, text: str) -> Array:
        """What each word of a row adds: [words, weights' columns]."""
        vocabulary = fitted.vectorizer.vocabulary_
        row = fitted.vectorizer.transform([text]).toarray()[0]
        known = [(vocabulary[g], a, b) for g, a, b in self._grams.placed(text) if g in vocabulary]
        counts = Counter(index for index, _, _ in known)
        shares = np.zeros((len(word_ranges(text)), fitted.weights.shape[1]))
        for index, first, end in known:
            part = fitted.weights[index] * row[index] / counts[index]
            shares[first:end] += part / (end - first)
        return shares

    def _told(self, phase: str, rows: Sequence[T]) -> Iterator[T]:
        """The rows, one after the other; where they are many, it is shown how far this is."""
        if len(rows) < MANY:
            yield from rows
            return
        with self._show(phase, len(rows)) as advance:
            for row in rows:
                yield row
                advance()

    def _ready(self) -> _Fitted:
        if self._fitted is None:
            raise PluginError("the linear proxy was asked to score before it was fitted")
        return self._fitted

    def _labels(self, fitted: _Fitted, example: Example) -> tuple[str, ...]:
        return example.labels(fitted.labels) if fitted.by_option else fitted.labels

    def _example_rows(self, fitted: _Fitted, example: Example) -> tuple[Row, ...]:
        if not fitted.by_option and example.labels(fitted.labels) != fitted.labels:
            raise DataError(
                f"item {example.id} lists options of its own, but no training item does",
                hint="the proxy learned the task's labels alone",
            )
        return self._rows(fitted.by_option, fitted.labels, example)

    def _rows(self, by_option: bool, labels: tuple[str, ...], example: Example) -> tuple[Row, ...]:
        return option_rows(example, labels) if by_option else (plain_row(example),)
