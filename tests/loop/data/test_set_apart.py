"""Validation items that are set apart from the pool."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amplify.contract.data import Example, Task
from amplify.contract.errors import PlanError
from amplify.loop.data.set_apart import MOST, set_apart

WORDS = "one two three four five six seven eight nine ten eleven twelve".split()


def task(count: int, twins: int = 0) -> Task:
    """A task with so many pool items, the first `twins` of which differ by a word."""
    texts = [
        f"all of these are the same but for {WORDS[index]}" if index < twins else f"text {index}"
        for index in range(count)
    ]
    pool = tuple(
        Example(f"p{index}", text, ("a", "b")[index % 2]) for index, text in enumerate(texts)
    )
    return Task("t", "", ("a", "b"), pool, pool, (Example("test", "x", "a"),))


def test_no_item_stays_where_a_demonstration_or_the_proxy_could_see_it() -> None:
    apart, validation = set_apart(task(20), 6, seed=3)
    ids = {example.id for example in validation}
    assert len(ids) == 6
    assert ids.isdisjoint(example.id for example in (*apart.pool, *apart.train, *apart.test))
    assert {*apart.pool} | {*validation} == {*task(20).pool}
    assert sorted(e.label for e in validation) == ["a"] * 3 + ["b"] * 3


def test_twins_stay_together() -> None:
    for size in (2, 3, 4, 5):
        validation = set_apart(task(20, twins=4), size, seed=3)[1]
        sides = {example.id in {e.id for e in validation} for example in task(20, twins=4).pool[:4]}
        assert len(sides) == 1
        assert len(validation) == size


def test_items_have_one_mould_by_the_whole_task_and_not_by_its_pool() -> None:
    """Twelve of twenty look like a mould; of a larger task they are twins, and no mould of it."""
    of_twelve = task(20, twins=12)
    twins = {example.id for example in of_twelve.pool[:12]}
    assert twins.isdisjoint(example.id for example in set_apart(of_twelve, 5, seed=3)[1])
    moulded = replace(of_twelve, moulds=tuple(twins))
    assert {example.id for example in set_apart(moulded, 5, seed=3)[1]} < twins


def test_twins_leave_fewer_items_where_nobody_says_how_many() -> None:
    pairs = [example for example in task(3).pool for _ in range(2)]
    pool = tuple(replace(example, id=f"p{place}") for place, example in enumerate(pairs))
    assert len(set_apart(replace(task(3), pool=pool, train=pool), None, seed=0)[1]) == 2


def test_the_order_is_that_of_the_seed() -> None:
    orders = [[e.id for e in set_apart(task(20), 8, seed)[1]] for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]
    assert {*orders[0]} == {*orders[2]}


@pytest.mark.parametrize(
    ("size", "count"), [(None, 10), (0.25, 5), (19, 19)], ids=["half", "share", "all but one"]
)
def test_a_size_is_a_count_or_a_share(size: int | float | None, count: int) -> None:
    assert len(set_apart(task(20), size, seed=0)[1]) == count


def test_nobody_needs_more_than_a_hundred() -> None:
    assert len(set_apart(task(500), None, seed=0)[1]) == MOST


@pytest.mark.parametrize("size", [20, 21])
def test_something_has_to_stay_for_demonstrations(size: int) -> None:
    with pytest.raises(PlanError, match=r"\[tune\] validation"):
        set_apart(task(20), size, seed=0)
