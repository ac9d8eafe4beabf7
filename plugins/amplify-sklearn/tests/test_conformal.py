"""Conformal sets by hand and by simulation, and which demonstrations a set leads to."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from amplify_sklearn.conformal import label_set, strangeness, threshold
from amplify_sklearn.options import ConformalOptions
from amplify_sklearn.preselected import ConformalLabels

from amplify import Candidate, Context, Example, QuerySurvey, Scores
from amplify.contract.calls import AnswerMode

LABELS = ("cold", "hot", "mild")


def scores(*probabilities: float) -> Scores:
    return Scores(LABELS, probabilities, probabilities)


def test_strangeness_by_hand() -> None:
    torn = scores(0.3, 0.5, 0.2)
    assert strangeness(torn, "probability") == {"hot": 0.5, "cold": 0.7, "mild": 0.8}
    assert strangeness(torn, "adaptive") == {"hot": 0.5, "cold": 0.8, "mild": 1.0}
    assert list(strangeness(scores(0.25, 0.25, 0.5), "adaptive")) == ["mild", "cold", "hot"]


@pytest.mark.parametrize(
    ("count", "coverage", "wanted"),
    [(9, 0.9, 0.9), (9, 0.5, 0.5), (9, 0.95, math.inf), (19, 0.95, 1.9), (0, 0.5, math.inf)],
)
def test_the_threshold_is_the_quantile_of_one_more_than_was_seen(
    count: int, coverage: float, wanted: float
) -> None:
    values = [round(0.1 * place, 1) for place in range(count, 0, -1)]
    assert threshold(values, coverage) == wanted


def test_a_set_holds_the_likeliest_label_whatever_the_threshold() -> None:
    strange = strangeness(scores(0.3, 0.5, 0.2), "probability")
    assert label_set(strange, 0.1) == ["hot"]
    assert label_set(strange, 0.7) == ["hot", "cold"]
    assert label_set(strange, math.inf) == ["hot", "cold", "mild"]


@pytest.mark.parametrize("by", ["probability", "adaptive"])
def test_sets_hold_the_true_label_as_often_as_they_promise(by: Any) -> None:
    """A classifier that is far too sure: 600 items, each set by another 49."""
    draw = random.Random(1)

    def item() -> tuple[Scores, str]:
        weights = [draw.random() ** 3 for _ in LABELS]
        truth = draw.choices(LABELS, weights)[0]
        sure = [weight**4 for weight in weights]
        return scores(*(weight / sum(sure) for weight in sure)), truth

    held = sizes = 0
    for _ in range(600):
        known = [strangeness(made, by)[truth] for made, truth in (item() for _ in range(49))]
        made, truth = item()
        labels = label_set(strangeness(made, by), threshold(known, 0.8))
        held += truth in labels
        sizes += len(labels)
    assert 0.75 < held / 600 < (0.86 if by == "probability" else 0.92)
    assert sizes < 2 * 600, "the sets leave labels out"


POOL = {
    "a": ("ice and snow", "cold", (0.8, 0.1, 0.1)),
    "b": ("snow at night", "cold", (0.6, 0.3, 0.1)),
    "c": ("sun and sand", "hot", (0.1, 0.8, 0.1)),
    "d": ("sand at night", "hot", (0.3, 0.6, 0.1)),
}


def chosen(
    *probabilities: float,
    text: str = "night",
    shots: int = 3,
    answer: AnswerMode = "write",
    **options: Any,
) -> tuple[list[str], str]:
    pool = [
        Candidate(Example(name, words, label), scores(*known))
        for name, (words, label, known) in POOL.items()
    ]
    selector = ConformalLabels(ConformalOptions(**options), Context(labels=LABELS, answer=answer))
    surveyed = {"q": QuerySurvey(scores(*probabilities))}
    selection = selector.select(pool, shots, [Example("q", text, "")], surveyed)
    return [shot.example.id for shot in selection.by_item["q"]], selection.notes[0]


def test_each_open_label_is_shown_by_what_is_most_like_the_item() -> None:
    # The candidates' strangeness: .2, .4, .2, .4; three of four hold for 60%, which is .4.
    assert chosen(0.7, 0.2, 0.1, coverage=0.6)[0] == ["b"], "one label is left"
    assert chosen(0.2, 0.7, 0.1, coverage=0.6)[0] == ["d"]
    assert chosen(0.2, 0.7, 0.1, text="sun", coverage=0.6)[0] == ["c"]
    assert chosen(0.4, 0.5, 0.1, coverage=0.6)[0] == ["d"], "the likeliest alone"
    shown, note = chosen(0.4, 0.5, 0.1, coverage=0.9)
    assert shown == ["d", "b"], "too few candidates for 90%: all labels, of which one has none"
    assert "3 to 3 labels an item" in note
    assert "1 of 3 are not shown" in note
    assert chosen(0.4, 0.5, 0.1, coverage=0.9, shots=1)[0] == ["d"]


def test_items_that_the_proxy_decides_alone_are_told_where_labels_are_ranked() -> None:
    told = "1 of 1 items have one label to choose from: the proxy's"
    assert told in chosen(0.7, 0.2, 0.1, coverage=0.6, answer="rank")[1]
    assert told not in chosen(0.7, 0.2, 0.1, coverage=0.6)[1]
    assert told not in chosen(0.4, 0.5, 0.1, coverage=0.9, answer="rank")[1]


def test_without_candidates_nothing_is_chosen() -> None:
    selector = ConformalLabels(ConformalOptions(), Context(labels=LABELS))
    surveyed = {"q": QuerySurvey(scores(0.7, 0.2, 0.1))}
    stray = Candidate(Example("a", "ice and snow", "tepid"))
    selection = selector.select([stray], 2, [Example("q", "night", "")], surveyed)
    assert selection.by_item == {"q": ()}
