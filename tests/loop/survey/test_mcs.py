from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify import Scores
from amplify.loop.survey.mcs import misclassification_confidence


def scores(*probabilities: float) -> Scores:
    labels = tuple("abcdef"[: len(probabilities)])
    return Scores(labels, tuple(0.0 for _ in probabilities), probabilities)


def test_a_proxy_that_prefers_a_wrong_label_has_a_positive_mcs() -> None:
    assert misclassification_confidence(scores(0.9, 0.1), "b") == pytest.approx(0.8)
    assert misclassification_confidence(scores(0.9, 0.1), "a") == pytest.approx(-0.8)


def test_the_foil_is_the_best_wrong_label_unless_it_is_given() -> None:
    found = scores(0.2, 0.5, 0.3)
    assert misclassification_confidence(found, "b") == pytest.approx(0.3 - 0.5)
    assert misclassification_confidence(found, "b", foil="a") == pytest.approx(0.2 - 0.5)


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=6), st.data())
def test_mcs_is_in_range_and_positive_exactly_when_the_truth_is_not_the_favourite(
    weights: list[float], data: st.DataObject
) -> None:
    total = sum(weights)
    found = scores(*(w / total for w in weights))
    truth = data.draw(st.sampled_from(found.labels))
    mcs = misclassification_confidence(found, truth)
    assert -1 <= mcs <= 1
    assert (mcs > 0) == (max(found.probabilities) > found.probability(truth))
