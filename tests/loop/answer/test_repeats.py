"""The majority vote over repeats, and the share of answers that flip."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify import Prediction
from amplify.loop.answer.repeats import measure_stability, stability_words, vote
from amplify.loop.answer.score import score_arm


def repeat(answers: str, label: str = "a") -> list[Prediction]:
    """A letter for each item: the answer, or a status.

    `u` is unread, `r` refused, `f` failed, `p` not asked, and `x` abstained.
    """
    status = {"u": "unparsed", "r": "refused", "f": "failed", "p": "prepared", "x": "abstained"}
    return [
        Prediction(
            "arm",
            f"i{n}",
            label,
            None if mark in status else mark,
            status.get(mark, "answered"),  # type: ignore[arg-type]  # a status
            mark == label,
            reply=f"reply {mark}",
            error="down" if mark == "f" else "",
        )
        for n, mark in enumerate(answers)
    ]


@pytest.mark.parametrize(
    ("repeats", "answer", "status"),
    [
        ("aab", "a", "answered"),
        ("bab", "b", "answered"),
        ("ba", "b", "answered"),  # of equal votes the first
        ("abba", "a", "answered"),
        ("uub", "b", "answered"),  # what was not read has no vote
        ("uuu", None, "unparsed"),
        ("ruu", None, "refused"),
        ("uxu", None, "abstained"),
        ("uxb", "b", "answered"),
        ("aaf", None, "failed"),
        ("aap", None, "prepared"),
    ],
)
def test_the_majority_of_the_answers_counts(repeats: str, answer: str | None, status: str) -> None:
    (prediction,) = vote([repeat(mark) for mark in repeats])
    assert (prediction.answer, prediction.status) == (answer, status)
    assert prediction.correct == (answer == "a")
    if answer is not None:
        assert prediction.reply == f"reply {answer}"


def test_the_votes_are_kept_the_most_frequent_first() -> None:
    (prediction,) = vote([repeat(mark) for mark in "buaau"])
    assert prediction.votes == (("a", 2), ("b", 1), (None, 2))


def test_a_single_repeat_is_no_vote() -> None:
    (prediction,) = vote([repeat("a")])
    assert prediction.votes == ()
    assert measure_stability([prediction]) is None
    assert score_arm("arm", {(0, 0): [prediction]}).stability is None


def test_probabilities_are_the_mean_of_the_repeats_that_gave_the_answer() -> None:
    def told(answer: str, a: float) -> list[Prediction]:
        return [replace(repeat(answer)[0], probabilities=(("a", a), ("b", 1 - a)))]

    (mean,) = vote([told("a", 0.6), told("b", 0.05), told("a", 0.8)])
    assert dict(mean.probabilities) == pytest.approx({"a": 0.7, "b": 0.3})
    (without,) = vote([told("a", 0.6), repeat("a"), told("b", 0.1)])
    assert without.probabilities == ()


def test_stability_counts_flips_and_single_replies() -> None:
    predictions = vote([repeat("aabu"), repeat("abbu"), repeat("aaau")])
    stability = measure_stability(predictions)
    assert stability is not None
    assert (stability.repeats, stability.answers, stability.flipped) == (3, 4, 2)
    assert stability.flips == 0.5
    assert stability.single_accuracy == pytest.approx((3 + 2 + 1 + 0) / 12)
    assert stability.interval is not None
    words = stability_words("arm", stability, 0.5)
    assert words.startswith("arm, 3 repeats: 2 of 4 answers flip between repeats (50.0%); a single")
    assert words.endswith("the majority vote in 50.0%")


def test_draws_of_an_item_are_one_cluster() -> None:
    by_draw = {
        (0, draw): vote([repeat("ab" * 20), repeat("ab" * 20), repeat("aa" * 20)])
        for draw in (1, 2, 3, 4)
    }
    many, single = score_arm("arm", by_draw), score_arm("arm", {(0, 0): by_draw[0, 1]})
    assert many.stability is not None
    assert single.stability is not None
    assert many.stability.answers == 160
    assert many.stability.interval == single.stability.interval  # no narrower by more draws


@given(st.lists(st.text("abu", min_size=5, max_size=5), min_size=2, max_size=7))
def test_no_answer_has_more_votes_than_the_one_that_counts(repeats: list[str]) -> None:
    predictions = vote([repeat(answers) for answers in repeats])
    for place, prediction in enumerate(predictions):
        column = [answers[place] for answers in repeats]
        assert sum(count for _, count in prediction.votes) == len(repeats)
        if prediction.answer is not None:
            assert column.count(prediction.answer) == max(column.count("a"), column.count("b"))
    stability = measure_stability(predictions)
    assert stability is not None
    right = fmean(answers.count("a") / 5 for answers in repeats)
    assert math.isclose(stability.single_accuracy, right)
