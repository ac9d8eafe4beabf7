"""Notes on arms whose replies were read otherwise than those of the focus."""

from __future__ import annotations

from amplify import Prediction
from amplify.loop.answer.reading_differences import reading_notes, reading_words
from amplify.loop.answer.score import ArmScore, score_arm

HOWS = {"s": "stated", "o": "opened", "m": "mentioned", "f": "forced", "u": "unread"}


def scored(name: str, *draws: str) -> ArmScore:
    """An arm whose replies were read so: a letter of `HOWS` each, a text for each draw."""
    by_draw = {
        (0, number if len(draws) > 1 else 0): [
            Prediction(
                name,
                f"i{n}",
                "a",
                None if mark == "u" else "a",
                "unparsed" if mark == "u" else "answered",
                mark != "u",
                how=HOWS[mark],  # type: ignore[arg-type]  # a way of reading
            )
            for n, mark in enumerate(marks)
        ]
        for number, marks in enumerate(draws, 1)
    }
    return score_arm(name, by_draw)


def test_more_unread_replies_than_by_chance_are_told() -> None:
    scores = [scored("answer-only", "s" * 100), scored("amplify", "u" * 43 + "s" * 57)]
    assert reading_notes(scores, "amplify") == [
        "amplify: 43 of 100 replies are unread, answer-only: 0 of 100: that"
        " alone may be their difference"
    ]
    assert reading_words(scores, "amplify") == (
        "how replies were read: answer-only 100 stated; amplify 57 stated, 43 unread"
    )


def test_labels_that_are_no_statement_are_told_apart_from_unread_replies() -> None:
    scores = [scored("plain", "o" * 20 + "m" * 20 + "s" * 60), scored("focus", "s" * 100)]
    assert reading_notes(scores, "focus") == [
        "focus: 0 of 100 replies do not state their answer, but open with a label or mention it,"
        " plain: 40 of 100: that alone may be their difference"
    ]


def test_a_difference_by_chance_or_of_few_points_is_not_told() -> None:
    by_chance = [scored("plain", "s" * 20), scored("focus", "u" * 4 + "s" * 16)]
    assert reading_notes(by_chance, "focus") == []
    few_points = [scored("plain", "s" * 2000), scored("focus", "u" * 90 + "s" * 1910)]
    assert reading_notes(few_points, "focus") == []
    assert reading_words(few_points, "focus") == ""


def test_draws_that_answer_the_same_items_are_no_more_items() -> None:
    marks = "u" * 3 + "s" * 17
    scores = [scored("plain", *["s" * 20] * 10), scored("focus", *[marks] * 10)]
    assert reading_notes(scores, "focus") == []


def test_an_arm_without_replies_is_no_part_of_it() -> None:
    assert reading_notes([scored("plain", "s" * 50)], "focus") == []
    assert reading_notes([scored("focus", "u" * 50), scored("plain", "")], "focus") == []
