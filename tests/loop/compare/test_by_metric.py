"""Comparisons by a metric that is no mean of the answers: prompts, and methods."""

from __future__ import annotations

import itertools
from typing import get_args

import numpy as np
import pytest

from amplify import Prediction
from amplify.loop.answer.coded import coded
from amplify.loop.audit.contrast import Contrast
from amplify.loop.audit.require_contrast import Focus
from amplify.loop.compare.by_metric import (
    difference,
    linearised,
    paired_bootstrap,
    paired_permutation,
)
from amplify.loop.compare.compare import Comparison, compare
from amplify.loop.compare.conclude import conclude
from amplify.loop.compare.demand import Demand
from amplify.loop.compare.family import adjust
from amplify.loop.compare.metrics import FUNCTIONS, Coded, Metric
from amplify.loop.compare.pairing import ByDraw
from amplify.loop.compare.statistics import bootstrap, mcnemar

LABELS = ("a", "b", "c")
METRICS = get_args(Metric)
OTHERS = METRICS[1:]


def pair(seed: int, items: int, better: float = 0.0) -> tuple[Coded, Coded]:
    """Two arms on the same items, of which a third of the answers differ."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, items, p=(0.7, 0.2, 0.1))
    first, second = (
        np.where(rng.random(items) < 0.6 + more, truth, rng.choice(4, items))
        for more in (better, 0.0)
    )
    return Coded(LABELS, truth, first), Coded(LABELS, truth, second)


def predictions(answers: Coded) -> list[Prediction]:
    names = dict(enumerate(LABELS))
    pairs = zip(answers.truth.tolist(), answers.answers.tolist(), strict=True)
    return [
        Prediction(
            "", f"i{n}", names[t], names.get(a), "answered" if a in names else "unparsed", t == a
        )
        for n, (t, a) in enumerate(pairs)
    ]


def compared(ours: ByDraw, theirs: ByDraw, metric: Metric) -> Comparison:
    found = compare("amplify", "bare", ours, theirs, 3, metric=metric, labels=LABELS)
    assert found is not None
    return found


@pytest.mark.parametrize("metric", METRICS)
def test_the_exact_permutation_test_counts_all_swaps(metric: Metric) -> None:
    ours, theirs = pair(4, 18)
    function = FUNCTIONS[metric]
    differ = np.flatnonzero(ours.answers != theirs.answers)
    assert 4 < len(differ) < 13
    observed, hits = abs(difference(ours, theirs, metric)), 0
    for swapped in itertools.product((False, True), repeat=len(differ)):
        first, second = ours.answers.copy(), theirs.answers.copy()
        places = differ[list(swapped)]
        first[places], second[places] = theirs.answers[places], ours.answers[places]
        one, two = (function(Coded(LABELS, ours.truth, each).counts()) for each in (first, second))
        hits += abs(one - two) >= observed - 1e-12
    p_value = paired_permutation(ours, theirs, metric, 0, 2 ** len(differ))
    assert p_value == pytest.approx(hits / 2 ** len(differ))


def test_by_accuracy_the_permutation_test_is_mcnemar() -> None:
    ours, theirs = pair(9, 200, 0.1)
    fixed = int(np.sum((ours.answers == ours.truth) & (theirs.answers != ours.truth)))
    broken = int(np.sum((ours.answers != ours.truth) & (theirs.answers == ours.truth)))
    p_value = paired_permutation(ours, theirs, "accuracy", 0, 9999)
    assert p_value == pytest.approx(mcnemar(fixed, broken), abs=0.01)


@pytest.mark.parametrize("metric", METRICS)
def test_linearised_values_have_the_difference_as_mean_and_its_standard_error(
    metric: Metric,
) -> None:
    ours, theirs = pair(2, 400)
    values = linearised(ours, theirs, metric)
    assert values.mean() == pytest.approx(difference(ours, theirs, metric))
    resampled = paired_bootstrap(ours, theirs, metric, 1, 1999)
    assert resampled is not None
    assert values.std() / 20 == pytest.approx(resampled[1], rel=0.1)
    if metric == "accuracy":
        of_mean = bootstrap(values.tolist(), 1, 1999)
        assert of_mean is not None
        assert resampled[0] == pytest.approx(of_mean[0], abs=0.01)


@pytest.mark.parametrize("metric", OTHERS)
def test_two_prompts_are_compared_by_the_metric(metric: Metric) -> None:
    ours, theirs = pair(7, 300, 0.25)
    found = compared({(3, 0): predictions(ours)}, {(3, 0): predictions(theirs)}, metric)
    assert found.difference == pytest.approx(difference(ours, theirs, metric))
    assert (found.metric, found.test, found.level) == (metric, "paired permutation", "prompt")
    assert found.interval is not None
    assert 0 < found.interval[0] < found.difference < found.interval[1]
    assert found.p_value < 0.001
    (adjusted,) = adjust("family", [found])
    assert adjusted.detectable == pytest.approx(2.8016 * (found.standard_error or 0), rel=1e-3)


@pytest.mark.parametrize("metric", OTHERS)
def test_methods_are_compared_over_draws_by_the_metric(metric: Metric) -> None:
    draws = [pair(seed, 200, 0.2) for seed in range(4)]
    truth = draws[0][0].truth
    same = [
        tuple(Coded(LABELS, truth, np.where(a.answers == a.truth, truth, 3)) for a in both)
        for both in draws
    ]
    ours = {(3, n): predictions(one) for n, (one, _) in enumerate(same, 1)}
    theirs = {(3, n): predictions(two) for n, (_, two) in enumerate(same, 1)}
    found = compared(ours, theirs, metric)
    mean = np.mean([difference(one, two, metric) for one, two in same])
    assert found.difference == pytest.approx(mean)
    assert (found.level, len(found.by_draw)) == ("method", 4)
    assert found.by_draw[1].difference == pytest.approx(difference(*same[1], metric))
    assert found.shown == 1
    assert found.variances is not None


def test_accuracy_is_compared_as_it_always_was() -> None:
    ours, theirs = pair(7, 300)
    draws = {(3, 0): predictions(ours)}, {(3, 0): predictions(theirs)}
    assert compared(*draws, "accuracy") == compare("amplify", "bare", *draws, 3)
    assert compared(*draws, "accuracy").test == "exact McNemar"


def test_the_same_answers_show_nothing() -> None:
    ours, _ = pair(1, 50)
    draws = {(3, 0): predictions(ours)}
    found = compared(draws, draws, "macro-f1")
    assert (found.difference, found.interval, found.p_value) == (0, None, 1)


def test_every_word_of_the_verdict_names_the_metric() -> None:
    ours, theirs = pair(7, 300, 0.25)
    arms = {"bare": {(3, 0): predictions(theirs)}, "amplify": {(3, 0): predictions(ours)}}
    conclusion = conclude(
        arms,
        Focus("amplify", True, "bare", {}),
        Contrast(),
        Demand(50, None),
        3,
        labels=LABELS,
        metric="macro-f1",
    )
    head, *rest = conclusion.verdict.sentences
    assert head.startswith("By macro-F1, with these demonstrations, amplify does better than bare")
    points = f"{100 * conclusion.comparisons[0].difference:+.1f} points of macro-F1"
    assert any(points in sentence for sentence in rest)
    demand = conclusion.verdict.demand
    assert demand is not None
    assert "+50 points of macro-F1 were asked" in demand.why
    assert not any("McNemar" in sentence for sentence in rest)


def test_what_is_unread_stays_unread_in_any_form() -> None:
    answers = [
        Prediction("", "1", "a", "c", "abstained", False),
        Prediction("", "2", "a", "A)", "answered", True),
        Prediction("", "3", "b", "perhaps", "answered", False),
    ]
    assert coded(answers, LABELS).answers.tolist() == [3, 0, 3]
