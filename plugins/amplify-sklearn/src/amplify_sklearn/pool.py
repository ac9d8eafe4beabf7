"""The pool as vectors of TF-IDF words, each of length 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer

from amplify_sklearn.words import Grams


def vectors(texts: Sequence[str], queries: Sequence[str] = ()) -> tuple[Any, Any]:
    """Sparse rows of the texts and of the queries; weights are learned from the texts.

    A text without any word of the others is a row of zeros.
    """
    vectorizer = TfidfVectorizer(analyzer=Grams(1), sublinear_tf=True)
    try:
        rows = vectorizer.fit_transform(texts)
    except ValueError:  # not one word in all of the texts
        vectorizer = TfidfVectorizer(analyzer=lambda text: ["", *Grams(1)(text)])
        rows = vectorizer.fit_transform(texts)
    return rows, vectorizer.transform(queries) if queries else rows[:0]
