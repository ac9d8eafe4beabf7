"""Gradient matching: inner products are those of the gradients, the choice is the nearest."""

from __future__ import annotations

import random

import numpy as np
import pytest

from amplify import Candidate, Context, Example, Scores
from amplify.builtin.selectors.gradient_matching import (
    GradientMatching,
    distance,
    inner_products,
    match,
)

LABELS = ("no", "so-so", "yes")


def candidate(
    name: str, label: str, probabilities: tuple[float, ...], *features: float
) -> Candidate:
    logits = tuple(np.log(probabilities))
    return Candidate(
        Example(name, f"text {name}", label),
        Scores(LABELS, logits, probabilities),
        features=features,
    )


def random_pool(count: int, seed: int = 0) -> list[Candidate]:
    draw = random.Random(seed)
    pool = []
    for number in range(count):
        weights = [draw.random() for _ in LABELS]
        probabilities = tuple(weight / sum(weights) for weight in weights)
        features = [draw.gauss() for _ in range(4)]
        pool.append(candidate(f"e{number:02}", draw.choice(LABELS), probabilities, *features))
    return pool


def gradients(pool: list[Candidate]) -> np.ndarray:
    """Each candidate's gradient by weights and biases of the last layer, written out."""
    rows = []
    for c in pool:
        assert c.scores is not None
        residual = np.array(c.scores.probabilities)
        residual[LABELS.index(c.example.label)] -= 1
        rows.append(np.outer(residual, [*c.features, 1.0]).ravel())
    return np.array(rows)


def test_inner_products_are_those_of_the_gradients() -> None:
    pool = random_pool(7)
    written_out = gradients(pool)
    assert inner_products(pool) == pytest.approx(written_out @ written_out.T)


def test_each_choice_is_the_one_that_brings_the_mean_nearest() -> None:
    pool = random_pool(12, 3)
    written_out = gradients(pool)
    target = written_out.mean(axis=0)
    expected: list[int] = []
    for _ in range(5):
        left = [place for place in range(12) if place not in expected]
        errors = {
            place: np.linalg.norm(written_out[[*expected, place]].mean(axis=0) - target)
            for place in left
        }
        expected.append(min(left, key=errors.__getitem__))
    products = inner_products(pool)
    assert match(products, 5) == expected
    far = np.linalg.norm(written_out[expected].mean(axis=0) - target)
    assert distance(products, expected) == pytest.approx(far)
    assert distance(products, []) == pytest.approx(np.linalg.norm(target))


def test_the_whole_pool_matches_itself() -> None:
    pool = random_pool(6)
    selection = GradientMatching(None, Context(labels=LABELS)).select(pool, 10, ())
    assert {shot.example.id for shot in selection.shots} == {c.example.id for c in pool}
    assert "its 6 shots is 0% of the length" in selection.notes[0]


def test_a_small_case_by_hand() -> None:
    """The pool pulls two to one towards the first axis: one of these two, then the other axis."""
    half = (0.5, 0.0001, 0.4999)
    pool = [
        candidate("a", "yes", half, 10.0, 0.0),
        candidate("b", "yes", half, 10.0, 0.0),
        candidate("c", "yes", half, 0.0, 10.0),
    ]
    selection = GradientMatching(None, Context(labels=LABELS)).select(pool, 2, ())
    assert [shot.example.id for shot in selection.shots] == ["a", "c"]


def test_the_order_of_the_pool_makes_no_difference_and_equals_go_by_id() -> None:
    pool = [candidate(f"e{n}", "yes", (0.2, 0.3, 0.5), 1.0, 2.0) for n in range(4)]
    shuffled = [pool[2], pool[0], pool[3], pool[1]]
    selector = GradientMatching(None, Context(labels=LABELS))
    for given in (pool, shuffled):
        chosen = selector.select(given, 3, ()).shots
        assert [shot.example.id for shot in chosen] == ["e0", "e1", "e2"]


def test_what_the_proxy_did_not_score_is_never_chosen() -> None:
    bare = Candidate(Example("x", "text x", "yes"))
    selector = GradientMatching(None, Context(labels=LABELS))
    assert selector.select([bare], 3, ()).shots == ()
    chosen = selector.select([bare, *random_pool(2)], 5, ()).shots
    assert [shot.example.id for shot in chosen if shot.example.id == "x"] == []
