"""Holding out a part of the pool: test is never seen, and every pool item is held out once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify.contract.data import Example
from amplify.contract.errors import PlanError
from amplify.contract.task import Dataset
from amplify.loop.data.hold_out import hold_out
from amplify.loop.data.split import split


def plain(size: int) -> Dataset:
    items = tuple(Example(f"i{n}", f"text {n}", "xy"[n % 2]) for n in range(size))
    return Dataset("mine", "Do.", ("x", "y"), items)


@given(st.integers(12, 80), st.integers(2, 5), st.integers(0, 3), st.booleans())
def test_the_parts_are_the_pool_and_test_is_nowhere(
    size: int, parts: int, seed: int, folds: bool
) -> None:
    whole = split(plain(size), 0.3, 0.5, 0.2, seed, fold_pool=folds)
    test = {e.id for e in whole.test}
    held: list[str] = []
    for part in range(1, parts + 1):
        task = hold_out(whole, part, parts, seed)
        ids = [{e.id for e in side} for side in (task.train, task.pool, task.test)]
        assert not ids[2] & (ids[0] | ids[1])
        assert not test & (ids[0] | ids[1] | ids[2])
        assert ids[1] | ids[2] == {e.id for e in whole.pool}
        assert ids[0] == {e.id for e in whole.train} - ids[2]
        assert [e for e in whole.pool if e.id in ids[1]] == list(task.pool)
        held += ids[2]
    assert sorted(held) == sorted(e.id for e in whole.pool)


def test_more_parts_than_texts_are_refused_where_they_are_asked_for() -> None:
    whole = split(plain(12), 0.3, 0.5, 0.2, 0)
    with pytest.raises(PlanError, match="1000 parts of") as caught:
        hold_out(whole, 1, 1000, 0)
    assert caught.value.where == "[split] held_out"


def test_the_parts_are_balanced_by_label() -> None:
    whole = split(plain(120), 0.3, 0.5, 0.2, 0)
    for part in range(1, 4):
        labels = [e.label for e in hold_out(whole, part, 3, 0).test]
        assert abs(labels.count("x") - labels.count("y")) <= 2
