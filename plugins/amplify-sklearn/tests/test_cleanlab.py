"""The core's own confident learning finds what cleanlab finds."""

from __future__ import annotations

import numpy as np
import pytest

from amplify.loop.survey.confident import suspects, thresholds

count = pytest.importorskip("cleanlab.count")
issues = pytest.importorskip("cleanlab.filter")


@pytest.mark.parametrize("labels", [2, 3, 6])
@pytest.mark.parametrize("sure", [0.5, 1.5, 4.0])
def test_the_suspects_are_those_of_cleanlab(labels: int, sure: float) -> None:
    found = 0
    for seed in range(20):
        draw = np.random.default_rng(seed)
        logits = draw.normal(size=(200, labels)) * sure
        true = np.array([draw.choice(labels, p=np.exp(r) / np.exp(r).sum()) for r in logits])
        flipped = draw.random(200) < 0.15
        given = np.where(flipped, (true + draw.integers(1, labels, 200)) % labels, true)
        # Rounded probabilities bring ties and values at a threshold.
        places = 1 if seed % 2 else 6
        odds = np.exp(logits).round(places) + 10.0**-places
        chances = odds / odds.sum(axis=1, keepdims=True)
        assert thresholds(chances, given) == pytest.approx(
            count.get_confident_thresholds(given, chances)
        )
        mine = suspects(chances, given)
        theirs = issues.find_label_issues(given, chances, filter_by="confident_learning", n_jobs=1)
        assert mine.tolist() == theirs.tolist()
        found += mine.sum()
    assert found > 100


def test_a_label_that_no_item_is_given_counts_none() -> None:
    chances = np.array([[0.1, 0.2, 0.7], [0.8, 0.1, 0.1], [0.3, 0.5, 0.2], [0.7, 0.2, 0.1]])
    given = np.array([0, 0, 1, 1])
    theirs = issues.find_label_issues(given, chances, filter_by="confident_learning", n_jobs=1)
    assert suspects(chances, given).tolist() == theirs.tolist() == [False, False, False, True]
