"""The Brier score of an arm is that of scikit-learn."""

from __future__ import annotations

import random

import pytest
from sklearn.metrics import brier_score_loss

from amplify import Prediction
from amplify.loop.answer.confidence import measure_confidence

LABELS = ("anger", "joy", "optimism", "sadness")


@pytest.mark.parametrize("size", [2, 4])
def test_the_brier_score_is_that_of_scikit_learn(size: int) -> None:
    rng = random.Random(size)
    labels = LABELS[:size]
    predictions, truth, table = [], [], []
    for number in range(200):
        weights = [rng.random() for _ in labels]
        shares = [weight / sum(weights) for weight in weights]
        label = rng.choice(labels)
        pairs = tuple(zip(labels, shares, strict=True))
        predictions.append(
            Prediction("a", f"i{number}", label, label, "answered", True, probabilities=pairs)
        )
        truth.append(label)
        table.append(shares)
    confidence = measure_confidence(predictions)
    assert confidence is not None
    expected = brier_score_loss(
        truth,
        [row[1] for row in table] if size == 2 else table,
        labels=labels,
        pos_label=labels[1] if size == 2 else None,
        scale_by_half=False,
    )
    assert confidence.brier == pytest.approx(expected, abs=1e-12)
