"""Measures an arm by label: precision, recall, F1, their means, MCC and the confusion matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from amplify.contract.data import Prediction
from amplify.loop.answer.coded import coded
from amplify.loop.compare.crossed import crossed_interval
from amplify.loop.compare.metrics import (
    FUNCTIONS,
    Coded,
    Counts,
    Figure,
    Metric,
    f1,
    influences,
    label_influences,
    precision,
    recall,
)
from amplify.loop.compare.pairing import ByDraw
from amplify.loop.compare.resample import item_weights, percentiles, resampled_counts

RESAMPLES = 1999

_FIGURES: dict[Figure, Callable[[Counts], Any]] = {
    "precision": precision,
    "recall": recall,
    "f1": f1,
}
_MEANS: tuple[Metric, ...] = ("macro-f1", "balanced-accuracy", "mcc")


@dataclass(frozen=True)
class ScoreEstimate:
    """A figure with its 95% interval; None where nothing can be estimated."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class ClassScore:
    """The result of an arm on the items of one label.

    `support` counts the answers to items with the label, `right` those that are right. `answers`
    counts them by the label that was given, and `unread` those that gave none: refused, failed,
    abstained from, or not read.
    """

    label: str
    support: int
    right: int
    answers: dict[str, int]
    unread: int
    precision: ScoreEstimate
    recall: ScoreEstimate
    f1: ScoreEstimate


@dataclass(frozen=True)
class Metrics:
    """What an arm gets right, label by label.

    With one draw all figures are those of scikit-learn, with unread answers as one more label that
    no item has; macro-F1 and balanced accuracy are means over the labels that have items. With
    several draws each is the mean over draws, by the number of their answers. The intervals are
    percentile bootstraps over items, and with several draws those of `crossed`, over draws and
    items, of the linearised figure. `classes` has every label, its rows are the confusion matrix.
    """

    macro_f1: ScoreEstimate
    balanced_accuracy: ScoreEstimate
    mcc: ScoreEstimate
    classes: tuple[ClassScore, ...]


def measure_classes(by_draw: ByDraw, labels: Sequence[str], seed: int = 0) -> Metrics | None:
    """The metrics of these predictions, all of them scored; None where there is none, or no label.

    `labels` are the classes of the task, `seed` is that of the resampling.
    """
    draws = [predictions for predictions in by_draw.values() if predictions]
    if not draws or not labels:
        return None
    codes = [coded(predictions, labels) for predictions in draws]
    if len(draws) == 1:
        means, figures = _one_draw(codes[0], seed)
    else:
        means, figures = _several_draws(codes, draws)
    macro, balanced, correlation = means
    return Metrics(macro, balanced, correlation, tuple(_classes(codes, figures)))


Rows = list[list[ScoreEstimate]]
"""For each figure of a label (precision, recall, F1) the estimates of all labels."""


def _one_draw(answers: Coded, seed: int) -> tuple[list[ScoreEstimate], Rows]:
    """The means over labels, and the figures of each label, with intervals over items."""
    import numpy as np

    counts = answers.counts()
    samples = [
        resampled_counts(answers, weights)
        for weights in item_weights(len(answers.truth), seed, RESAMPLES)
    ]
    means = [
        ScoreEstimate(
            float(FUNCTIONS[metric](counts)),
            percentiles(np.concatenate([FUNCTIONS[metric](sample) for sample in samples])),
        )
        for metric in _MEANS
    ]
    figures = []
    for figure in _FIGURES.values():
        values = figure(counts)
        resampled = np.concatenate([figure(sample) for sample in samples])
        figures.append(
            [ScoreEstimate(float(v), percentiles(resampled[:, i])) for i, v in enumerate(values)]
        )
    return means, figures


def _several_draws(
    codes: Sequence[Coded], draws: Sequence[Sequence[Prediction]]
) -> tuple[list[ScoreEstimate], Rows]:
    """The same over draws and items."""
    import numpy as np

    number: dict[str, int] = {}
    item = [[number.setdefault(p.item, len(number)) for p in draw] for draw in draws]
    counts = [each.counts() for each in codes]

    def over_draws(values: Sequence[Any], spread: float, kept: Sequence[int]) -> ScoreEstimate:
        """The estimate from the linearised figure of each item, of the draws that are `kept`."""
        if not kept:
            return ScoreEstimate(0.0, None)
        cells = np.concatenate([values[draw] for draw in kept])
        of_draw = np.repeat(kept, [len(values[draw]) for draw in kept])
        interval = crossed_interval(
            cells, of_draw, np.concatenate([np.asarray(item[draw]) for draw in kept])
        )
        if interval is not None:
            interval = max(spread, interval[0]), min(1.0, interval[1])
        return ScoreEstimate(float(cells.mean()), interval)

    every = range(len(codes))
    means = []
    for metric in _MEANS:
        values = [FUNCTIONS[metric](counts[d]) + influences(metric, codes[d]) for d in every]
        means.append(over_draws(values, -1.0 if metric == "mcc" else 0.0, [*every]))
    figures = []
    for name, figure in _FIGURES.items():
        tables = [figure(counts[d]) + label_influences(name, codes[d]) for d in every]
        figures.append(
            [
                over_draws(
                    [table[:, label] for table in tables],
                    0.0,
                    [d for d in every if counts[d].true[label]],
                )
                for label in range(len(codes[0].labels))
            ]
        )
    return means, figures


def _classes(codes: Sequence[Coded], figures: Rows) -> list[ClassScore]:
    """A row for each label, with its answers in all draws."""
    import numpy as np

    labels = codes[0].labels
    matrix = np.zeros((len(labels), len(labels) + 1), dtype=int)
    for each in codes:
        np.add.at(matrix, (each.truth, each.answers), 1)
    return [
        ClassScore(
            label,
            int(row.sum()),
            int(row[index]),
            {name: int(row[i]) for i, name in enumerate(labels) if row[i]},
            int(row[-1]),
            *(of_figure[index] for of_figure in figures),
        )
        for index, (label, row) in enumerate(zip(labels, matrix, strict=True))
    ]
