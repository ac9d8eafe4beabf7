from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplify import Example
from amplify.loop.data.twins import (
    connected_groups,
    group_twins,
    near_pairs,
    one_word_apart,
    text_key,
)


def items(*texts: str) -> list[Example]:
    return [Example(f"i{n}", text, "a") for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("A text.", "a  TEXT.", True),
        ("a text", " a\n text\t", True),
        ("ｆｕｌｌ width", "full width", True),
        ("( )", "()", True),
        ("e -mail", "e-mail", True),
        ("add 1 2 3", "add 12 3", False),
        ("add 1  2", "add 1 2", True),
        ("a text", "a test", False),
    ],
)
def test_texts_are_the_same_but_for_white_space_and_case(one: str, other: str, same: bool) -> None:
    a, b = items(one, other)
    assert (text_key(a) == text_key(b)) == same


@pytest.mark.parametrize(
    ("other", "apart"),
    [
        ("one two three four five SIX", True),
        ("one two three four five", True),
        ("one two three four five six seven", True),
        ("zero one two three four five six", True),
        ("one two four five six", True),
        ("one two three four five six", False),
        ("one two three four six five", False),
        ("one two x four five y", False),
        ("two three four five six seven", False),
    ],
)
def test_one_word_apart(other: str, apart: bool) -> None:
    one = "one two three four five six".split()
    assert one_word_apart(one, other.split()) == apart
    assert one_word_apart(other.split(), one) == apart


def test_short_texts_are_alike_anyway() -> None:
    assert not one_word_apart("is 3 a prime".split(), "is 5 a prime".split())
    assert one_word_apart("is 3 a prime number then".split(), "is 5 a prime number then".split())


WORDS = st.lists(st.sampled_from("abc"), min_size=4, max_size=8)


@settings(max_examples=60)
@given(st.lists(WORDS, min_size=1, max_size=14))
def test_the_hashes_find_what_comparing_all_pairs_finds(texts: list[list[str]]) -> None:
    links = {index: index for index in range(len(texts))}

    def root(index: int) -> int:
        return index if links[index] == index else root(links[index])

    for one, other in itertools.combinations(range(len(texts)), 2):
        if texts[one] == texts[other] or one_word_apart(texts[one], texts[other]):
            links[max(root(one), root(other))] = min(root(one), root(other))
    groups: dict[int, list[int]] = {}
    for index in range(len(texts)):
        groups.setdefault(root(index), []).append(index)
    found = group_twins(items(*(" ".join(text) for text in texts)))
    if not found.moulds:
        assert sorted(map(tuple, groups.values())) == list(found.groups)
    for one, other in near_pairs(texts):
        assert one_word_apart(texts[one], texts[other])


def test_items_of_one_mould_are_no_twins() -> None:
    names = ["Ann", "Bob", "Cid", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida", "Jim", "Kay", "Lou"]
    coins = [f"a coin is heads up and {name} flips it once" for name in names]
    draw = random.Random(0)
    rest = [" ".join(draw.choices("abcdefghijklmnop", k=12)) for _ in range(40)]
    pair = [
        "this one stands here twice but for a word",
        "this one stands here twice but for one word",
    ]
    found = group_twins(items(*coins, *rest, *pair, coins[0].upper()))
    assert found.moulds == {*range(12), 54}
    assert (0, 54) in found.groups
    assert (52, 53) in found.groups
    assert all(len(group) == 1 for group in found.groups if group not in {(0, 54), (52, 53)})


def test_nothing_and_empty_texts() -> None:
    assert group_twins([]).groups == ()
    assert group_twins(items("", " ", "x")).groups == ((0, 1), (2,))


@given(st.integers(0, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=12))
def test_groups_are_what_a_walk_along_the_pairs_reaches(
    size: int, pairs: list[tuple[int, int]]
) -> None:
    pairs = [pair for pair in pairs if max(pair) < size]

    def reached(start: int) -> tuple[int, ...]:
        group = {start}
        while more := {n for pair in pairs if group & {*pair} for n in pair} - group:
            group |= more
        return tuple(sorted(group))

    firsts = dict.fromkeys(reached(number) for number in range(size))
    assert connected_groups(size, pairs) == list(firsts)
