"""Brier score, calibration error and coverage, against figures that were computed by hand."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from amplify import Prediction
from amplify.loop.answer.confidence import Bin, CoveragePoint, measure_confidence
from amplify.loop.answer.score import abstention_notes, score_arm


def predicted(label: str, number: int = 0, status: str = "answered", **shares: float) -> Prediction:
    answer = max(shares, key=lambda name: shares[name]) if shares else None
    return Prediction(
        "arm",
        f"i{number}",
        label,
        answer if status == "answered" else None,
        status,  # type: ignore[arg-type]  # a status
        answer == label and status == "answered",
        probabilities=tuple(shares.items()),
    )


FOUR = [
    predicted("a", a=0.95, b=0.05),
    predicted("b", a=0.93, b=0.07),
    predicted("b", a=0.4, b=0.6),
    predicted("a", a=0.55, b=0.45),
]


def test_the_brier_score_is_over_all_labels() -> None:
    confidence = measure_confidence(FOUR)
    assert confidence is not None
    # 2 x 0.05^2, 2 x 0.93^2, 2 x 0.4^2, 2 x 0.45^2
    assert confidence.brier == pytest.approx((0.005 + 1.7298 + 0.32 + 0.405) / 4)


def test_the_calibration_error_is_the_mean_distance_of_the_bins() -> None:
    confidence = measure_confidence(FOUR)
    assert confidence is not None
    assert confidence.bins == (
        Bin(0.5, 0.6, 2, pytest.approx(0.575), 1.0),
        Bin(0.9, 1.0, 2, pytest.approx(0.94), 0.5),
    )
    assert confidence.calibration_error == pytest.approx((2 * 0.425 + 2 * 0.44) / 4)


def test_a_confidence_on_an_edge_is_in_the_bin_below() -> None:
    shares = [(0.3, 0.3, 0.2, 0.2), (0.7, 0.1, 0.1, 0.1), (1.0, 0.0, 0.0, 0.0)]
    every = [predicted("a", a=a, b=b, c=c, d=d) for a, b, c, d in shares]
    confidence = measure_confidence(every)
    assert confidence is not None
    assert [(b.low, b.high) for b in confidence.bins] == [(0.2, 0.3), (0.6, 0.7), (0.9, 1.0)]


def test_accuracy_is_told_from_the_surest_answers_to_all() -> None:
    confidence = measure_confidence(FOUR)
    assert confidence is not None
    assert confidence.coverage == (
        CoveragePoint(0.95, 0.25, 1.0),
        CoveragePoint(0.93, 0.5, 0.5),
        CoveragePoint(0.6, 0.75, pytest.approx(2 / 3)),
        CoveragePoint(0.55, 1.0, 0.75),
    )


def test_answers_of_equal_confidence_are_one_point() -> None:
    confidence = measure_confidence([FOUR[3], *[predicted("b", b=0.8, a=0.2)] * 3])
    assert confidence is not None
    assert [point.coverage for point in confidence.coverage] == [0.75, 1.0]


def test_many_answers_have_few_points() -> None:
    rng = random.Random(0)
    sure = [0.5 + rng.random() / 2 for _ in range(1000)]
    confidence = measure_confidence(predicted("a", a=p, b=1 - p) for p in sure)
    assert confidence is not None
    assert len(confidence.coverage) == 20
    assert confidence.coverage[-1].coverage == 1


def test_what_has_no_probabilities_is_left_out() -> None:
    assert measure_confidence([predicted("a")]) is None
    confidence = measure_confidence([*FOUR, predicted("a"), predicted("a", status="failed")])
    assert confidence == measure_confidence(FOUR)


def test_an_arm_that_abstains_is_wrong_there_and_measured_all_the_same() -> None:
    by_draw = {
        (0, 0): [
            predicted("a", 0, a=0.95, b=0.05),
            predicted("b", 1, a=0.93, b=0.07),
            predicted("b", 2, "abstained", a=0.4, b=0.6),
            predicted("a", 3, "abstained", a=0.55, b=0.45),
        ]
    }
    score = score_arm("arm", by_draw)
    assert (score.answers, score.abstained, score.answered) == (4, 2, 2)
    assert (score.correct, score.accuracy, score.unparsed) == (1, 0.25, 0)
    assert score.confidence == measure_confidence(FOUR)
    assert abstention_notes([score]) == [
        "arm arm: it abstained on 2 of 4 answers, which count as not right; of the 2 others 1 is"
        " right (50.0%)"
    ]
    none = score_arm("arm", {(0, 0): by_draw[0, 0][2:]})
    assert abstention_notes([none]) == [
        "arm arm: it abstained on 2 of 2 answers, which count as not right"
    ]


def test_answers_that_were_not_given_are_told_apart_from_those_that_are_wrong() -> None:
    statuses = ("abstained", "answered", "unparsed", "failed", "refused")
    by_draw = {
        (0, draw): [
            replace(predicted("a", n, status, a=0.9, b=0.1), correct=status == "answered")
            for n, status in enumerate(statuses)
        ]
        for draw in (1, 2)
    }
    assert abstention_notes([score_arm("arm", by_draw)]) == [
        "arm arm: it abstained on 2 of 10 answers, which count as not right; 2 unread, 2 refused,"
        " 2 failed; of the 2 others 2 are right (100.0%)"
    ]


def test_votes_over_repeats_are_not_measured() -> None:
    votes = [replace(p, votes=(("a", 2), ("b", 1))) for p in FOUR]
    assert measure_confidence(votes) is None
    assert measure_confidence([*votes, *FOUR]) == measure_confidence(FOUR)
