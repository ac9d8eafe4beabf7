"""A race drops who is behind, keeps the best as often as it promises, and says why others went."""

from __future__ import annotations

import json
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplify.loop.race.race import Race

ANSWERS = {
    "good": [True] * 8 + [False] * 2,
    "fair": [True] * 5 + [False] * 5,
    "poor": [False] * 8 + [True] * 2,
}


def add(race: Race, answers: dict[str, list[bool]], upto: int) -> None:
    """Ask the survivors all items up to this one that they were not asked."""
    race.add({name: answers[name][race.total : upto] for name in race.surviving})


def test_the_best_leads_and_the_order_of_names_breaks_ties() -> None:
    race = Race(["second", "first"])
    race.add({"first": [True, False], "second": [False, True]})
    assert race.surviving == ("second", "first")
    race.add({"first": [True], "second": [False]})
    assert race.leader == "first"
    assert [s.right for s in race.rounds[-1].standings] == [2, 1]
    assert race.rounds[-1].standings[1].behind == pytest.approx(1 / 3)


def test_a_contender_that_is_far_behind_goes_and_its_exit_says_why() -> None:
    race = Race(["poor", "good"])
    while len(race.surviving) > 1:
        race.add({"poor": [False] * 3, "good": [True] * 3})
    (exit_,) = race.exits
    assert exit_.name == "poor"
    assert exit_.reason == "bound"
    assert exit_.behind == 1
    assert exit_.items == race.total == 3 * exit_.round
    assert 0 < exit_.bound < 0.7
    # Nine wins in a row are worth 20 to a bettor without a list, six are not.
    assert exit_.items == 9


def test_who_is_behind_when_all_was_asked_is_out_and_equals_stay() -> None:
    race = Race(["one", "two", "behind"], 4)
    race.add(
        {
            "one": [True, True, True, False],
            "two": [False, True, True, True],
            "behind": [True, True, False, False],
        }
    )
    assert list(race.surviving) == ["one", "two"]
    assert [(e.name, e.reason, e.bound) for e in race.exits] == [("behind", "bound", 0.25)]
    race.end()
    assert list(race.surviving) == ["one"]
    assert race.exits[-1].reason == "budget"
    assert race.exits[-1].bound <= 0


def test_halving_keeps_the_best_and_shows_nothing() -> None:
    race = Race([*ANSWERS, "fair too"])
    add(race, {**ANSWERS, "fair too": ANSWERS["fair"]}, 6)
    race.halve(2)
    assert race.surviving == ("good", "fair")
    assert [(e.name, e.reason) for e in race.exits] == [("fair too", "halved"), ("poor", "halved")]
    assert all(e.bound <= 0 for e in race.exits)
    assert len(race.answers["poor"]) == 6


def test_the_table_is_plain_data_and_holds_every_round() -> None:
    race = Race([*ANSWERS], 10, alpha=0.1)
    for upto in (3, 6, 10):
        add(race, ANSWERS, upto)
    table = json.loads(json.dumps(race.table()))
    assert [r["total"] for r in table["rounds"]] == [3, 6, 10]
    assert table["rounds"][0]["standings"][0]["name"] == "good"
    assert table["leader"] == "good"
    assert {e["name"] for e in table["exits"]} == {"poor", "fair"}


@pytest.mark.parametrize(
    "right",
    [{"a": [True]}, {"a": [True], "b": []}, {"a": [], "b": []}, {"a": [1] * 9, "b": [1] * 9}],
    ids=["one is missing", "unequal", "empty", "more than the list"],
)
def test_a_round_that_is_no_comparison_is_refused(right: dict[str, list[bool]]) -> None:
    race = Race(["a", "b"], 8)
    with pytest.raises(ValueError, match="items"):
        race.add(right)
    assert race.total == 0


def test_two_contenders_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="name of its own"):
        Race(["a", "a"])


def test_nobody_is_dropped_before_a_round() -> None:
    with pytest.raises(ValueError, match="first round"):
        Race(["a", "b"]).halve(1)


def test_over_all_orders_the_best_is_dropped_as_seldom_as_alpha_says() -> None:
    """At a level so high that a bet that is not fair would exceed it."""
    right = {"a": (1, 1, 1, 0, 0, 0), "b": (0, 1, 0, 1, 0, 1), "c": (0, 0, 0, 1, 1, 1)}
    dropped = 0
    for order in permutations(range(6), 4):
        race = Race("abc", 6, alpha=0.6)
        race.add({name: [bool(right[name][place]) for place in order] for name in right})
        dropped += "c" not in race.surviving
    assert 0.1 < dropped / 360 <= 0.6


def test_the_best_of_many_equals_is_dropped_as_seldom_as_alpha_says() -> None:
    """Opponents that were picked after the item was seen would drop it far more often."""
    random = np.random.default_rng(3)
    equals = np.tile([True] * 20 + [False] * 20, (8, 1))
    dropped = 0
    for _ in range(100):
        right = random.permuted(equals, axis=1)
        race = Race("abcdefgh", 40, alpha=0.2)
        race.add({name: row[:36].tolist() for name, row in zip("abcdefgh", right, strict=True)})
        dropped += "h" not in race.surviving
    assert 0 < dropped <= 20


def test_the_leader_is_bet_against_too_on_the_next_best() -> None:
    race = Race(["far ahead", "behind"], alpha=1e-9)
    race.add({"far ahead": [True] * 40, "behind": [False] * 40})
    leader, other = race.rounds[0].standings
    assert leader.bound == pytest.approx(-1, abs=0.01)
    assert other.bound == pytest.approx(0, abs=0.2)
    level = Race(["one", "two"], alpha=0.05)
    level.add({"one": [True, False] * 40, "two": [False, True] * 40})
    assert [-0.5 < s.bound < -0.1 for s in level.rounds[0].standings] == [True, True]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.booleans()] * 4), min_size=2, max_size=30), st.data())
def test_how_items_are_cut_into_rounds_changes_nothing(
    items: list[tuple[bool, ...]], data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(items)))) | {len(items)})
    whole, parts = (Race("abcd", alpha=1e-12) for _ in range(2))
    answers = {
        name: list(column) for name, column in zip("abcd", zip(*items, strict=True), strict=True)
    }
    add(whole, answers, len(items))
    for upto in cuts:
        add(parts, answers, upto)
    assert whole.rounds[-1].standings == parts.rounds[-1].standings
    assert whole.answers == parts.answers
