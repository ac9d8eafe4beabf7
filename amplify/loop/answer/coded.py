"""Turns predictions into the numbers that metrics are computed from."""

from __future__ import annotations

from collections.abc import Sequence

from amplify.contract.data import Prediction
from amplify.loop.compare.metrics import Coded


def coded(predictions: Sequence[Prediction], labels: Sequence[str]) -> Coded:
    """The predictions as places in `labels`, which hold the label of every item.

    An answer that is right has the place of the item's label, in whatever form it was given. What
    was refused, failed, abstained from or not read, and what is none of the labels, is unread.
    """
    import numpy as np

    place = {label: index for index, label in enumerate(labels)}
    truth = [place[p.label] for p in predictions]
    answers = [
        place[p.label] if p.correct else _answered(p, place.get(p.answer or "", len(place)), place)
        for p in predictions
    ]
    return Coded(labels, np.array(truth, dtype=int), np.array(answers, dtype=int))


def _answered(prediction: Prediction, answer: int, place: dict[str, int]) -> int:
    """The place of a wrong answer; that of no label where it is none, or the label of the item."""
    wrong = prediction.status == "answered" and answer != place[prediction.label]
    return answer if wrong else len(place)
