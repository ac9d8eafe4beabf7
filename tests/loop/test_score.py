from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplify import Prediction
from amplify.loop.score import compare, mcnemar, score_arm, wilson


def predicted(marks: str) -> list[Prediction]:
    """`1` right, `0` wrong, `u` unparsed, `f` failed, `p` prepared."""
    status = {"u": "unparsed", "f": "failed", "p": "prepared"}
    return [
        Prediction("arm", f"i{n}", "a", "a", status.get(m, "answered"), m == "1")  # type: ignore[arg-type]
        for n, m in enumerate(marks)
    ]


def test_unparsed_and_failed_items_are_wrong_and_counted_apart() -> None:
    found = score_arm("arm", predicted("110uff"))
    assert (found.items, found.correct, found.unparsed, found.errors) == (6, 2, 1, 2)
    assert found.accuracy == pytest.approx(1 / 3)


def test_an_arm_that_nobody_answered_has_no_accuracy() -> None:
    found = score_arm("arm", predicted("ppp"))
    assert (found.accuracy, found.interval, found.prepared) == (None, None, 3)
    assert compare("a", "b", predicted("ppp"), predicted("111")) is None


@given(st.integers(1, 400), st.data())
def test_wilson_solves_the_score_equation(items: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, items))
    share = correct / items
    # Wilson 1927: the bounds p solve (share - p)^2 = z^2 p (1 - p) / n.
    z = 1.959963984540054
    for bound in wilson(correct, items):
        assert math.isclose((share - bound) ** 2, z * z * bound * (1 - bound) / items, abs_tol=1e-9)


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_exact_binomial_tail(fixed: int, broken: int) -> None:
    n, low = fixed + broken, min(fixed, broken)
    tail = sum(math.comb(n, k) for k in range(low + 1)) / 2**n if n else 1.0
    assert mcnemar(fixed, broken) == pytest.approx(min(1.0, 2 * tail))


def test_a_comparison_is_paired_on_the_items_that_both_have() -> None:
    found = compare("a", "b", predicted("1101p"), predicted("0111p"))
    assert found is not None
    assert (found.items, found.fixed, found.broken) == (4, 1, 1)
    assert found.difference == 0
    assert found.p_value == 1
    low, high = found.interval
    assert low < 0 < high


@settings(max_examples=10)
@given(st.lists(st.sampled_from("01"), min_size=2, max_size=40), st.randoms())
def test_swapping_the_arms_mirrors_the_comparison(marks: list[str], order: object) -> None:
    ours, theirs = predicted("".join(marks)), predicted("".join(reversed(marks)))
    there, back = compare("a", "b", ours, theirs), compare("b", "a", theirs, ours)
    assert there is not None
    assert back is not None
    assert there.difference == -back.difference
    assert there.p_value == back.p_value
    assert (there.fixed, there.broken) == (back.broken, back.fixed)


def test_fixed_is_what_the_arm_alone_gets_right() -> None:
    found = compare("a", "b", predicted("11110"), predicted("10001"))
    assert found is not None
    assert (found.fixed, found.broken) == (3, 1)
    assert found.difference == pytest.approx(0.4)
    assert found.interval[0] < 0.4 < found.interval[1]
