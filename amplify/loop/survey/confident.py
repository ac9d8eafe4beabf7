"""Confident learning: finds labels that a classifier, which never saw the items, contradicts.

Northcutt, Jiang & Chuang 2021 (arXiv 1911.00068). The suspects are those of cleanlab's
`find_label_issues(filter_by="confident_learning")`; cleanlab itself needs pandas and scikit-learn,
which the core does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

TIE = 1e-6
"""Probabilities that differ by less count as equal, as in cleanlab."""


def thresholds(
    probabilities: npt.NDArray[np.float64], given: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    """By label, its mean probability among the items that are given it.

    No probability reaches the threshold of a label that no item is given.
    """
    import numpy as np

    labels = range(probabilities.shape[1])
    of_label = [probabilities[given == label, label] for label in labels]
    return np.array([part.mean() if len(part) else np.inf for part in of_label])


def suspects(
    probabilities: npt.NDArray[np.float64], given: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """The items that confident learning counts to another label than the given one.

    `probabilities` has a row for each item and a column for each label, `given` the column of each
    item's label. An item counts to the label that reaches its threshold, and to the most probable
    of all where several do; it is no suspect if its own label is the most probable of all.
    """
    import numpy as np

    items = np.arange(len(given))
    reached = probabilities >= thresholds(probabilities, given) - TIE
    best = probabilities.argmax(axis=1)
    counted = np.where(reached.sum(axis=1) > 1, best, reached.argmax(axis=1))
    with_own_first = probabilities.copy()
    with_own_first[items, given] += TIE
    contradicted = with_own_first.argmax(axis=1) != given
    found: npt.NDArray[np.bool_] = reached.any(axis=1) & (counted != given) & contradicted
    return found
