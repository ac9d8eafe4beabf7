"""Measures how well an arm's probabilities fit its answers: Brier score, calibration, coverage."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from amplify.contract.data import Prediction
from amplify.loop.answer.parse import matches

EDGES = tuple(place / 10 for place in range(11))
"""The edges of the bins that confidences fall into, ten of equal width."""

STEPS = 20
"""At how many shares of the answers, at most, accuracy is told against coverage."""


@dataclass(frozen=True)
class Bin:
    """The answers whose confidence is above `low` and at most `high`.

    `confidence` is their mean confidence, `accuracy` the share of them that is right.
    """

    low: float
    high: float
    answers: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class CoveragePoint:
    """What an arm gets right that answers only from this `confidence` on.

    `coverage` is the share of the items that it then answers, `accuracy` the share of these answers
    that is right; one less it is the risk.
    """

    confidence: float
    coverage: float
    accuracy: float


@dataclass(frozen=True)
class Confidence:
    """How well the probabilities of `answers` replies fit what is right.

    An answer's confidence is the probability of its label, which is the likeliest. `brier` is the
    score of Brier (1950) over all labels, from 0 (all sure, all right) to 2. `calibration_error` is
    the expected calibration error (Guo et al. 2017, arXiv 1706.04599): the mean distance of a bin's
    accuracy from its confidence, weighted by its answers. `bins` are those that hold any, from the
    least confidence on: they are what a reliability diagram plots. `coverage` plots accuracy
    against coverage (El-Yaniv and Wiener 2010, JMLR 11), from the surest answers to all.
    """

    answers: int
    brier: float
    calibration_error: float
    bins: tuple[Bin, ...]
    coverage: tuple[CoveragePoint, ...]


def measure_confidence(predictions: Iterable[Prediction]) -> Confidence | None:
    """The confidence of those predictions that have probabilities; None where none has.

    Those on which the arm abstained are among them, by the label that was the likeliest. Votes over
    repeats are not: their probabilities are those of the repeats that gave the winning answer, so
    that they are chosen by the outcome.
    """
    known = [p for p in predictions if p.probabilities and not p.votes]
    if not known:
        return None
    answers = sorted((_confidence(prediction) for prediction in known), reverse=True)
    bins = tuple(_bins(answers))
    return Confidence(
        len(known),
        fmean(map(brier, known)),
        math.fsum(b.answers * abs(b.accuracy - b.confidence) for b in bins) / len(known),
        bins,
        tuple(_coverage(answers)),
    )


def brier(prediction: Prediction) -> float:
    """The squared distance of the probabilities from 1 for the true label and 0 for the others."""
    return math.fsum(
        (probability - matches(label, prediction.label)) ** 2
        for label, probability in prediction.probabilities
    )


def _confidence(prediction: Prediction) -> tuple[float, bool]:
    """The highest probability, and whether its label is right."""
    label, probability = max(prediction.probabilities, key=lambda pair: pair[1])
    return probability, matches(label, prediction.label)


def _bins(answers: Sequence[tuple[float, bool]]) -> Iterable[Bin]:
    by_bin: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in answers:
        place = bisect_left(EDGES, min(confidence, EDGES[-1]), lo=1)
        by_bin.setdefault(place, []).append((confidence, right))
    for place, within in sorted(by_bin.items()):
        yield Bin(
            EDGES[place - 1],
            EDGES[place],
            len(within),
            fmean(confidence for confidence, _ in within),
            fmean(right for _, right in within),
        )


def _coverage(answers: Sequence[tuple[float, bool]]) -> Iterable[CoveragePoint]:
    """The points, of which each takes in all answers of equal confidence; `answers` are sorted."""
    count, taken, right = len(answers), 0, 0
    for step in range(1, STEPS + 1):
        wanted = math.ceil(step * count / STEPS)
        if wanted <= taken:
            continue
        least = answers[wanted - 1][0]
        while taken < count and answers[taken][0] >= least:
            right += answers[taken][1]
            taken += 1
        yield CoveragePoint(least, taken / count, right / taken)
