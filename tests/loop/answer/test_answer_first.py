"""Replies that state the answer ahead of its rationale, and prefixes of a prompt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from known.replies import LETTERS, MOODS, VALID, YESNO, parse

FIRST = "The answer is (B). The key words: a, (a), and no are important clues to predict"


@pytest.mark.parametrize(
    "reply",
    [
        f"{FIRST} (B) as the correct answer.",
        f"{FIRST} (A) as the correct answer.",  # a rationale that speaks for another label
        f"{FIRST} (A) as the correct answer. So the answer is (A).",
        f"{FIRST}",
        "(B). The key words: a, and b are important clues to predict (A) as the correct answer.",
        "(B)\nThe answer is not (A), as (A) is mild.",
        "B. The answer is clear: (A) is mild.",
        "(B), since (C) would be mild. The answer cannot be anything else.",
        "The answer is (B) because (A) is neutral. I would choose (A) otherwise.",
        "The key words: a, no are important clues to predict (A) as it seems. The answer is (B).",
        "The key words: nice are important clues to predict (B) as the correct answer.",
        "(b)",
    ],
)
def test_an_answer_ahead_of_its_rationale(reply: str) -> None:
    assert parse(reply, LETTERS, first=True, reasoned=True) == "(B)"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "(A) or (B). The answer is hard.",
        "The answer is (A) or (B). I predict (B).",
        "(A). (B). (C).",
        "(A)\n(B)",
        "A hard one. Words such as (B) and (A) matter.",
        "The key words: (a), nice",
    ],
)
def test_no_answer_ahead(reply: str) -> None:
    assert parse(reply, LETTERS, first=True, reasoned=True) is None


def test_an_answer_ahead_in_words_and_open_ones() -> None:
    reply = "No. The key words: yes are important clues to predict Yes as the correct answer."
    assert parse(reply, YESNO, first=True) == "No"
    reply = "The answer is invalid. The key words: valid are important clues. The answer is valid."
    assert parse(reply, VALID, first=True) == "invalid"
    assert parse(reply, VALID, reasoned=True) == "valid"
    assert parse(reply, VALID) is None  # it states both, and takes neither back
    open_reply = "The answer is 12 apples. The key words: 3 are clues. The answer is 3."
    assert parse(open_reply, (), first=True) == "12"
    assert parse(open_reply, ()) == "3"
    assert parse("12\nThe key words: 3 are clues.", (), first=True) == "12"
    assert parse("12\nThe key words: 3 are clues.", ()) is None


@pytest.mark.parametrize("prefix", ["Label:", "=>", "My verdict", "Sentiment ="])
def test_a_prefix_of_the_prompt_is_a_cue(prefix: str) -> None:
    talk = "It speaks of a not positive thing at first, and then of many that are very positive."
    reply = f"{talk} {prefix} positive."
    assert parse(reply, MOODS, reasoned=True, prefix=prefix) == "positive"
    assert parse(f"{talk} The end.", MOODS, reasoned=True, prefix=prefix) is None
    again = f"{prefix} positive. {talk} {prefix} not positive."
    assert parse(again, MOODS, reasoned=True, prefix=prefix) == "not positive"
    assert parse(again, MOODS, reasoned=True, prefix=prefix, first=True) == "positive"
    assert parse(f"Well.\n{prefix} 1,000", (), prefix=prefix) == "1000"
    assert parse(f"{talk} {prefix} A.", LETTERS, reasoned=True, prefix=prefix) == "(A)"


@given(st.text(max_size=40), st.text(max_size=8))
def test_any_prefix_and_reply_are_read_without_fault(reply: str, prefix: str) -> None:
    for labels in (LETTERS, YESNO, ()):
        for first in (False, True):
            found = parse(reply, labels, first=first, prefix=prefix)
            assert found is None or not labels or found in labels
