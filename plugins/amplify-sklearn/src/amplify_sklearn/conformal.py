"""Conformal sets: the labels that a classifier cannot rule out for an item, by split conformal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from amplify import Scores
from amplify_sklearn.options import Conformity


def strangeness(scores: Scores, by: Conformity) -> dict[str, float]:
    """How badly each label fits the classifier's probabilities, from 0 to 1, the likeliest first.

    By "probability" it is what a label's probability lacks to 1 (Sadinle et al. 2019, arXiv
    1609.00451); "adaptive" sums up all labels from the likeliest down to this one (Romano et al.
    2020, arXiv 2006.02544, without their randomisation). Equal ones stand in the labels' order.
    """
    pairs = sorted(zip(scores.labels, scores.probabilities, strict=True), key=lambda p: -p[1])
    strange: dict[str, float] = {}
    total = 0.0
    for label, probability in pairs:
        total += probability
        strange[label] = round(total if by == "adaptive" else 1 - probability, 9)
    return strange


def threshold(calibration: Sequence[float], coverage: float) -> float:
    """The greatest strangeness in a set that holds the true label with this probability.

    `calibration` are those of the true labels of items that the classifier never saw. Infinite
    where they are too few: a set then has all labels.
    """
    rank = math.ceil((len(calibration) + 1) * coverage - 1e-9)
    return sorted(calibration)[rank - 1] if rank <= len(calibration) else math.inf


def label_set(strange: dict[str, float], most: float) -> list[str]:
    """The labels of at most this strangeness, the likeliest first; that one always."""
    return [label for place, label in enumerate(strange) if not place or strange[label] <= most]
