"""The metrics of an arm are those of scikit-learn, to the last digit."""

from __future__ import annotations

import random
import warnings
from statistics import fmean
from typing import Any

import pytest
from sklearn import metrics

from amplify import Prediction
from amplify.loop.answer.class_scores import Metrics, measure_classes

LABELS = ("abbreviation", "description", "location", "number")
UNREAD = "unread"
STATUSES: tuple[Any, ...] = ("unparsed", "refused", "failed", "abstained")


def answered(seed: int, unread: float, labels: tuple[str, ...], size: int) -> list[Prediction]:
    """Answers to items whose labels come the more seldom the later they stand."""
    rng = random.Random(seed)
    weights = [2.0**-n for n in range(len(labels))]
    predictions = []
    for number in range(size):
        truth = rng.choices(labels, weights)[0]
        answer = truth if rng.random() < 0.6 else rng.choice(labels)
        missing = rng.random() < unread
        predictions.append(
            Prediction(
                "arm",
                f"i{number}",
                truth,
                None if missing else answer,
                rng.choice(STATUSES) if missing else "answered",
                not missing and answer == truth,
            )
        )
    return predictions


def expected(predictions: list[Prediction], labels: tuple[str, ...]) -> dict[str, Any]:
    """The figures of scikit-learn, with the unread answers as a label that no item has."""
    truth = [p.label for p in predictions]
    given = [p.answer or UNREAD for p in predictions]
    present = [label for label in labels if label in truth]
    figures = metrics.precision_recall_fscore_support(
        truth, given, labels=labels, zero_division=0.0
    )
    with warnings.catch_warnings():
        # An answer that is the label of no item, and a single label.
        warnings.simplefilter("ignore", UserWarning)
        balanced = metrics.balanced_accuracy_score(truth, given)
        correlation = metrics.matthews_corrcoef(truth, given)
    return {
        "classes": list(zip(*(figure.tolist() for figure in figures), strict=True)),
        "macro_f1": metrics.f1_score(
            truth, given, labels=present, average="macro", zero_division=0.0
        ),
        "balanced_accuracy": balanced,
        "mcc": correlation,
        "matrix": metrics.confusion_matrix(truth, given, labels=[*labels, UNREAD]).tolist()[:-1],
    }


def measured(found: Metrics | None, labels: tuple[str, ...]) -> dict[str, Any]:
    assert found is not None
    return {
        "classes": [
            (c.precision.value, c.recall.value, c.f1.value, c.support) for c in found.classes
        ],
        "macro_f1": found.macro_f1.value,
        "balanced_accuracy": found.balanced_accuracy.value,
        "mcc": found.mcc.value,
        "matrix": [
            [*(c.answers.get(label, 0) for label in labels), c.unread] for c in found.classes
        ],
    }


@pytest.mark.parametrize("unread", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("items", [3, 40, 500])
def test_the_figures_of_a_draw_are_those_of_scikit_learn(
    items: int, size: int, unread: float
) -> None:
    labels = LABELS[:size]
    for seed in range(5):
        predictions = answered(seed, unread, labels, items)
        found = measured(measure_classes({(0, 0): predictions}, labels), labels)
        if not unread and {p.label for p in predictions} == {*labels}:
            truth, given = [p.label for p in predictions], [p.answer for p in predictions]
            assert found["macro_f1"] == metrics.f1_score(truth, given, average="macro")
        assert found == expected(predictions, labels)


def test_the_figures_of_several_draws_are_means() -> None:
    draws = {(0, n): answered(n, 0.1, LABELS, 200) for n in (1, 2, 3)}
    of_draws = [expected(predictions, LABELS) for predictions in draws.values()]
    found = measured(measure_classes(draws, LABELS), LABELS)
    for key in ("macro_f1", "balanced_accuracy", "mcc"):
        assert found[key] == pytest.approx(fmean(each[key] for each in of_draws), abs=1e-14)
    for index in range(len(LABELS)):
        for figure in range(3):
            mean = fmean(each["classes"][index][figure] for each in of_draws)
            assert found["classes"][index][figure] == pytest.approx(mean, abs=1e-14)
    assert sum(map(sum, found["matrix"])) == 600
