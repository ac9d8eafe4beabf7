"""Computes precision, recall, F1, balanced accuracy and MCC from counts, and their influences.

Each figure is that of scikit-learn. An answer that no label could be read from counts as one more
answer, which is never right: it costs the recall of the item's label, and no precision. The means
over labels are over those that have items.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Metric = Literal["accuracy", "macro-f1", "balanced-accuracy", "mcc"]

NAMES: dict[Metric, str] = {
    "accuracy": "accuracy",
    "macro-f1": "macro-F1",
    "balanced-accuracy": "balanced accuracy",
    "mcc": "MCC",
}
"""What each metric is called in a report."""


@dataclass(frozen=True)
class Coded:
    """Answers as numbers: `truth` and `answers` have the place of each item's label in `labels`.

    An answer of `len(labels)` is one that no label could be read from.
    """

    labels: Sequence[str]
    truth: Any
    answers: Any

    def marks(self) -> tuple[Any, Any, Any]:
        """Three tables with a row for each item: 1 where it is right with the label of the column,
        where it is answered with it (one column more, for what is unread), where it has it."""
        import numpy as np

        size = len(self.labels)
        given = np.eye(size + 1)[self.answers]
        true = np.eye(size)[self.truth]
        return given[:, :size] * true, given, true

    def counts(self) -> Counts:
        """The counts over all items."""
        return Counts(*(marks.sum(axis=0) for marks in self.marks()))


@dataclass(frozen=True)
class Counts:
    """Counts of items by label, in the last dimension: right ones, answers (one column more, for
    what is unread) and labels. Other dimensions are those of samples."""

    right: Any
    given: Any
    true: Any

    @property
    def total(self) -> Any:
        """The number of items."""
        return self.true.sum(axis=-1)


def precision(counts: Counts) -> Any:
    """By label, the share of its answers that are right; 0 where it is never answered."""
    return _ratio(counts.right, counts.given[..., :-1])


def recall(counts: Counts) -> Any:
    """By label, the share of its items that are right; 0 where it has none."""
    return _ratio(counts.right, counts.true)


def f1(counts: Counts) -> Any:
    """By label, the harmonic mean of precision and recall."""
    return _ratio(2 * counts.right, counts.given[..., :-1] + counts.true)


def macro_f1(counts: Counts) -> Any:
    """The mean F1 of the labels that have items."""
    return _mean_present(f1(counts), counts)


def balanced_accuracy(counts: Counts) -> Any:
    """The mean recall of the labels that have items."""
    return _mean_present(recall(counts), counts)


def accuracy(counts: Counts) -> Any:
    """The share of right answers."""
    return counts.right.sum(axis=-1) / counts.total


def mcc(counts: Counts) -> Any:
    """The correlation coefficient of Matthews for several labels (Gorodkin 2004); 0 where all
    items have one label, or all answers are one."""
    import numpy as np

    total = counts.total
    agreement = counts.right.sum(axis=-1) * total - _dot(counts.given[..., :-1], counts.true)
    spread = (total**2 - _dot(counts.given, counts.given)) * (
        total**2 - _dot(counts.true, counts.true)
    )
    return _ratio(agreement, np.sqrt(spread))


FUNCTIONS: dict[Metric, Callable[[Counts], Any]] = {
    "accuracy": accuracy,
    "macro-f1": macro_f1,
    "balanced-accuracy": balanced_accuracy,
    "mcc": mcc,
}


def influences(metric: Metric, coded: Coded) -> Any:
    """By how much more weight of each item changes the metric; their mean is 0.

    The metric of another sample of items is about the metric of this one plus the mean influence of
    the items in it (Efron and Tibshirani 1993, chapter 22). With them a metric that is no mean can
    be tested as one.
    """
    counts = coded.counts()
    if metric == "accuracy":
        return coded.marks()[0].sum(axis=1) - accuracy(counts)
    if metric == "mcc":
        return _mcc_influences(coded, counts)
    by_label = label_influences("f1" if metric == "macro-f1" else "recall", coded)
    return by_label[:, counts.true > 0].mean(axis=1)


Figure = Literal["precision", "recall", "f1"]
"""A figure of a label."""


def label_influences(figure: Figure, coded: Coded) -> Any:
    """The influences of the items, a row each, on the figure of each label, a column each."""
    import numpy as np

    right, given, true = coded.marks()
    given = given[:, :-1]
    above, below = {
        "precision": (right, given),
        "recall": (right, true),
        "f1": (2 * right, given + true),
    }[figure]
    share = _ratio(above.sum(axis=0), below.sum(axis=0))
    return len(right) * (above - share * below) / np.maximum(1, below.sum(axis=0))


def _mcc_influences(coded: Coded, counts: Counts) -> Any:
    """The derivative of MCC = (c - a) / sqrt(b d), with c the share of right answers, a the share
    expected by chance, b and d one less the sums of the squared shares of answers and labels."""
    import numpy as np

    total = counts.total
    given, true = counts.given / total, np.append(counts.true / total, 0.0)
    right = (coded.answers == coded.truth).astype(float)
    chance, answers, labels = given @ true, 1 - given @ given, 1 - true @ true
    if min(answers, labels) <= 0:
        return np.zeros(len(right))
    by_answers = -2 * (given[coded.answers] - given @ given) / answers
    by_labels = -2 * (true[coded.truth] - true @ true) / labels
    by_chance = given[coded.truth] + true[coded.answers] - 2 * chance
    by_agreement = (right - right.mean() - by_chance) / np.sqrt(answers * labels)
    return by_agreement - float(mcc(counts)) * (by_answers + by_labels) / 2


def _mean_present(values: Any, counts: Counts) -> Any:
    """The mean over the labels that have items."""
    import numpy as np

    present = counts.true > 0
    if np.all(present == present.reshape(-1, present.shape[-1])[0]):
        return values[..., present.reshape(-1, present.shape[-1])[0]].mean(axis=-1)
    return np.where(present, values, 0.0).sum(axis=-1) / present.sum(axis=-1)


def _dot(first: Any, second: Any) -> Any:
    return (first * second).sum(axis=-1)


def _ratio(above: Any, below: Any) -> Any:
    """The ratio; 0 where it would be one to 0."""
    import numpy as np

    return np.divide(above, below, out=np.zeros(np.shape(above)), where=np.asarray(below) != 0)
