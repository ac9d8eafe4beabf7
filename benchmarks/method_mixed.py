"""The binomial mixed model of statsmodels on right and wrong answers of two methods."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy import sparse
from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM


def binomial_mixed_model(ours: Any, theirs: Any) -> float:
    """The method's effect divided by its standard deviation, fitted by variational Bayes.

    Random: the draws of each method, the items, and the items under each method. `ours` and
    `theirs` say who is right, draws x items.
    """
    draws, items = ours.shape
    right = np.concatenate([ours.ravel(), theirs.ravel()]).astype(float)
    method = np.repeat([0.5, -0.5], draws * items)
    draw, item = (codes.ravel() for codes in np.indices(ours.shape))
    effects = [
        np.concatenate([draw, draws + draw]),
        np.concatenate([item, item]),
        np.concatenate([item, items + item]),
    ]
    cells = np.arange(len(right))
    columns = [
        sparse.csr_matrix((np.ones(len(right)), (cells, codes)), (len(right), codes.max() + 1))
        for codes in effects
    ]
    model = BinomialBayesMixedGLM(
        right,
        np.column_stack([np.ones(len(right)), method]),
        sparse.hstack(columns).tocsr(),
        np.repeat([0, 1, 2], [column.shape[1] for column in columns]),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = model.fit_vb()
    return float(fitted.fe_mean[1] / fitted.fe_sd[1])
