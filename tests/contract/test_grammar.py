"""Counts and articles ahead of nouns."""

from __future__ import annotations

from amplify.contract.grammar import counted, with_article


def test_one_is_singular_and_all_else_plural() -> None:
    assert counted(1, "call") == "1 call"
    assert counted(0, "call") == "0 calls"
    assert counted(1200, "reply", "replies") == "1,200 replies"
    assert counted(1, "call was made", "calls were made") == "1 call was made"


def test_the_article_goes_by_the_first_letter() -> None:
    assert [with_article(noun) for noun in ("int", "dict", "UUID")] == [
        "an int",
        "a dict",
        "a UUID",
    ]
