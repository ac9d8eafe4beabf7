"""Logistic regression: over labels, or over the options that each item lists."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import vstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from amplify import PluginError

Array = npt.NDArray[np.float64]

STEPS, CLOSE = 1000, 1e-6


def fit_labels(
    features: Any, answers: Sequence[str], labels: tuple[str, ...], strength: float
) -> tuple[Array, Array]:
    """Weights [features, labels] and constants [labels]: the multinomial logistic regression.

    Two labels share one weight vector, half of it each, with opposite signs. A label that no
    training item has gets no weights, and the constant of the rarest label less what would make
    it as likely as half an item.
    """
    counts = Counter(answers)
    seen = [label for label in labels if counts[label]]
    weights = np.zeros((features.shape[1], len(labels)))
    constants = np.zeros(len(labels))
    if len(seen) > 1:
        model = _regress(
            LogisticRegression(C=strength, tol=CLOSE, max_iter=STEPS), features, answers
        )
        rows, rest = model.coef_, model.intercept_
        if len(seen) == 2:
            rows, rest = np.vstack([-rows, rows]) / 2, np.concatenate([-rest, rest]) / 2
        for row, constant, name in zip(rows, rest, model.classes_, strict=True):
            weights[:, labels.index(name)], constants[labels.index(name)] = row, constant
    places = [labels.index(label) for label in seen]
    rarest = min(counts[label] for label in seen)
    floor = constants[places].min() - np.log(2 * rarest)
    for index in set(range(len(labels))) - set(places):
        constants[index] = floor
    return weights, constants


def fit_options(items: Sequence[tuple[Any, int]], strength: float) -> Array:
    """Weights [features, 1] that tell an item's right option from its wrong ones.

    An item is its options' features and the place of the right one. Logistic regression on the
    differences right less wrong, without a constant, each item counting once: for two options it
    is the conditional logit.
    """
    gaps, shares = [], []
    for rows, right in items:
        wrong = [index for index in range(rows.shape[0]) if index != right]
        gaps += [rows[right] - rows[index] for index in wrong]
        shares += [0.5 / max(1, len(wrong))] * len(wrong)
    if not gaps:
        return np.zeros((items[0][0].shape[1], 1))
    stacked = vstack(gaps).tocsr()
    model = _regress(
        LogisticRegression(C=strength, tol=CLOSE, max_iter=STEPS, fit_intercept=False),
        vstack([stacked, -stacked]).tocsr(),
        ["right"] * len(gaps) + ["flipped"] * len(gaps),
        np.array(shares * 2),
    )
    weights: Array = model.coef_.T
    return weights


def _regress(
    model: Any, features: Any, answers: Sequence[str], shares: Array | None = None
) -> LogisticRegression:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            return model.fit(features, answers, sample_weight=shares)
        except ConvergenceWarning:
            raise PluginError(
                f"the logistic regression did not converge in {STEPS} steps",
                where="sklearn/linear",
                hint=f"hold it back more: C below {model.C:g}",
            ) from None
