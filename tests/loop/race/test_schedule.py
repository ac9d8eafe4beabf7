"""A schedule never asks for more than there is, uses what there is, and lets rounds compare."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amplify.loop.race.schedule import FEWEST, Schedule, Step


def rounds(schedule: Schedule) -> tuple[list[tuple[Step, int]], int]:
    """The steps of a race in which the bound drops nobody, with who was in them, and the calls."""
    steps: list[tuple[Step, int]] = []
    total, surviving, spent = 0, schedule.contenders, 0
    while True:
        calls = None if schedule.calls is None else schedule.calls - spent
        step = schedule.step(total, surviving, calls)
        if not step.items:
            return steps, spent
        steps.append((step, surviving))
        total, spent = total + step.items, spent + step.items * surviving
        surviving = step.keep or surviving


sizes = st.integers(1, 400), st.integers(1, 90), st.integers(0, 9000)


@given(*sizes)
def test_calls_and_items_suffice_and_the_race_ends(items: int, contenders: int, calls: int) -> None:
    steps, spent = rounds(Schedule(items, contenders, calls))
    assert spent <= calls
    assert sum(step.items for step, _ in steps) <= items
    assert all(step.keep is None or 0 < step.keep < count for step, count in steps)


@given(*sizes)
def test_a_race_ends_with_one_contender_all_items_or_no_calls(
    items: int, contenders: int, calls: int
) -> None:
    steps, spent = rounds(Schedule(items, contenders, calls))
    last = (steps[-1][0].keep or steps[-1][1]) if steps else contenders
    assert last == 1 or sum(step.items for step, _ in steps) == items or calls - spent < last


@given(st.integers(FEWEST, 400), st.integers(2, 90), st.integers(0, 9000))
def test_the_first_round_of_those_who_start_compares_something(
    items: int, contenders: int, calls: int
) -> None:
    start = Schedule(items, contenders, calls).starters
    assert start == 0 or start >= 2
    assert start > 0 or calls < 2 * FEWEST
    if start:
        assert Schedule(items, start, calls).step(0, start, calls).items >= FEWEST


@given(st.integers(20, 400), st.integers(2, 90))
def test_halving_uses_nearly_all_of_the_calls(items: int, contenders: int) -> None:
    calls = items * contenders // 2
    _, spent = rounds(Schedule(items, contenders, calls))
    assert calls - spent <= max(2 * contenders, 0.1 * calls)


def test_nobody_is_halved_where_calls_suffice() -> None:
    steps, spent = rounds(Schedule(100, 7, 700))
    assert {step.keep for step, _ in steps} == {None}
    assert spent == 700
    assert rounds(Schedule(100, 7))[0] == steps


def test_a_known_halving() -> None:
    """Eight contenders and half of the calls: 160 calls for 8, as many for 4, and 80 for the best
    two, who then have been asked all items."""
    steps, spent = rounds(Schedule(100, 8, 400))
    assert steps[:2] == [(Step(20, 4), 8), (Step(40, 2), 4)]
    assert {(step.keep, count) for step, count in steps[2:]} == {(None, 2)}
    assert spent == 400
