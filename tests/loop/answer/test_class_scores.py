"""What an arm gets right by label: counts, means over labels, intervals."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from amplify import Example, Prediction, Task
from amplify.loop.answer.class_scores import measure_classes
from amplify.loop.answer.coded import coded
from amplify.loop.answer.score import score_arm
from amplify.loop.compare.crossed import crossed_interval
from amplify.loop.compare.metrics import (
    FUNCTIONS,
    Coded,
    Counts,
    Metric,
    f1,
    influences,
    label_influences,
    precision,
    recall,
)
from amplify.loop.data.classes import class_counts, rarest, task_classes, unbalanced

LABELS = ("no", "yes", "maybe")


def answers(pairs: str) -> list[Prediction]:
    """A prediction for each pair of a label and an answer ("ny": no, answered with yes); "u" is
    unparsed, "x" an answer that is no label."""
    names: dict[str, Any] = {"n": "no", "y": "yes", "m": "maybe", "x": "perhaps", "u": None}
    return [
        Prediction(
            "arm",
            f"i{number}",
            names[truth],
            names[answer],
            "unparsed" if answer == "u" else "answered",
            truth == answer,
        )
        for number, (truth, answer) in enumerate(pairs.split())
    ]


def test_an_unread_answer_costs_recall_and_no_precision() -> None:
    found = measure_classes({(0, 0): answers("nn nn nu nx yy yn")}, LABELS)
    assert found is not None
    no, yes, maybe = found.classes
    assert (no.support, no.right, no.answers, no.unread) == (4, 2, {"no": 2}, 2)
    assert (no.recall.value, no.precision.value) == (0.5, 2 / 3)
    assert (yes.recall.value, yes.precision.value) == (0.5, 1.0)
    assert (maybe.support, maybe.recall.value, maybe.f1.value) == (0, 0.0, 0.0)
    assert found.balanced_accuracy.value == 0.5  # over the labels that have items


def test_an_answer_in_another_form_that_is_right_counts_as_the_label() -> None:
    spelled = [Prediction("arm", "i", "no", "NO.", "answered", True)]
    found = measure_classes({(0, 0): spelled}, LABELS)
    assert found is not None
    assert found.classes[0].answers == {"no": 1}


def test_nothing_scored_and_open_answers_have_no_metrics() -> None:
    prepared = [Prediction("arm", "i", "no", None, "prepared", False)]
    assert score_arm("arm", {(0, 0): prepared}, labels=LABELS).metrics is None
    assert score_arm("arm", {(0, 0): answers("nn ny")}).metrics is None


def test_intervals_are_seeded_and_hold_the_figure() -> None:
    predictions = answers("nn " * 60 + "ny " * 20 + "yy " * 12 + "yn " * 8 + "mu " * 3)
    found, again, other = (
        measure_classes({(0, 0): predictions}, LABELS, seed) for seed in (1, 1, 2)
    )
    assert found is not None
    assert found == again != other
    for estimate in (found.macro_f1, found.balanced_accuracy, found.mcc, found.classes[0].f1):
        assert estimate.interval is not None
        assert estimate.interval[0] < estimate.value < estimate.interval[1]
    assert found.classes[2].recall.interval is None  # no answer to it is right in any sample


def test_several_draws_vary_the_interval_as_draws_do() -> None:
    one = answers("nn " * 30 + "ny " * 10 + "yy " * 10 + "yn " * 10)
    other = answers("nn " * 10 + "ny " * 30 + "yy " * 18 + "yn " * 2)
    alike = measure_classes({(0, 1): one, (0, 2): one}, LABELS[:2])
    differing = measure_classes({(0, 1): one, (0, 2): other}, LABELS[:2])
    assert alike is not None
    assert differing is not None
    (a, b), (c, d) = (m.macro_f1.interval or (0.0, 0.0) for m in (alike, differing))
    assert d - c > 2 * (b - a) > 0


def random_codes(seed: int, items: int) -> Coded:
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, items, p=(0.6, 0.3, 0.1))
    given = np.where(rng.random(items) < 0.5, truth, rng.choice(4, items))
    return Coded(LABELS, truth, given)


@pytest.mark.parametrize("metric", get_args(Metric))
def test_influences_are_the_derivatives_by_the_weights_of_the_items(metric: Metric) -> None:
    answered = random_codes(1, 40)
    found = influences(metric, answered)
    assert found.mean() == pytest.approx(0, abs=1e-14)
    marks = answered.marks()
    for item in range(40):
        values = []
        for step in (1e-6, -1e-6):
            weights = np.ones(40)
            weights[item] += step
            values.append(FUNCTIONS[metric](Counts(*(weights @ table for table in marks))))
        assert 40 * (values[0] - values[1]) / 2e-6 == pytest.approx(found[item], abs=1e-5)


def test_influences_on_a_label_are_derivatives_too() -> None:
    answered = random_codes(2, 30)
    marks = answered.marks()
    for name, figure in (("precision", precision), ("recall", recall), ("f1", f1)):
        found = label_influences(name, answered)  # type: ignore[arg-type]  # one of three words
        for item in range(30):
            values = []
            for step in (1e-6, -1e-6):
                weights = np.ones(30)
                weights[item] += step
                values.append(figure(Counts(*(weights @ table for table in marks))))
            assert 30 * (values[0] - values[1]) / 2e-6 == pytest.approx(found[item], abs=1e-5)


@pytest.mark.parametrize("pairs", ["nn nn nn", "ny ny yy"])
def test_mcc_is_0_where_all_items_or_all_answers_have_one_label(pairs: str) -> None:
    one = coded(answers(pairs), LABELS)
    assert FUNCTIONS["mcc"](one.counts()) == 0
    assert not influences("mcc", one).any()


def test_the_interval_over_draws_and_items_is_that_of_an_accuracy() -> None:
    draws = {(0, n): answers("nn " * (20 + 3 * n) + "ny " * (40 - 3 * n)) for n in (1, 2, 3)}
    score = score_arm("arm", draws, labels=LABELS)
    cells = [[float(p.correct) for p in predictions] for predictions in draws.values()]
    interval = crossed_interval(
        np.array(cells).ravel(), np.repeat([0, 1, 2], 60), np.tile(np.arange(60), 3)
    )
    assert score.interval == pytest.approx(interval)
    assert score.metrics is not None
    recall_of_no = score.metrics.classes[0].recall
    assert recall_of_no.interval == pytest.approx(interval)  # all items have this label


def test_classes_are_counted_in_every_split() -> None:
    def example(number: int, label: str) -> Example:
        return Example(str(number), f"text {number}", label)

    train = tuple(example(n, "no") for n in range(3))
    test = (example(4, "yes"), example(5, "no"), example(6, "stray"))
    task = Task("t", "", ("no", "yes"), train=train, test=test)
    assert task_classes(task) == ("no", "yes", "stray")
    assert class_counts(task)["train"] == {"no": 3, "yes": 0, "stray": 0}
    assert class_counts(task)["test"] == {"no": 1, "yes": 1, "stray": 1}
    assert class_counts(Task("t", "", (), train=train, test=test)) == {}


@pytest.mark.parametrize(
    ("counts", "uneven", "rare"),
    [
        ({"a": 100, "b": 100}, False, ("a",)),
        ({"a": 75, "b": 25}, False, ("b",)),
        ({"a": 76, "b": 24}, True, ("b",)),
        ({"a": 60, "b": 30, "c": 2, "d": 8}, True, ("c", "d")),
        ({"a": 5, "b": 0}, False, ()),
        ({}, False, ()),
    ],
)
def test_classes_are_unbalanced_where_the_largest_is_half_as_large_again_as_the_mean(
    counts: dict[str, int], uneven: bool, rare: tuple[str, ...]
) -> None:
    assert unbalanced(counts) is uneven
    assert rarest(counts) == rare
