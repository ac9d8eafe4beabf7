"""Draws are told apart by the examples that they show, in a run as in a study."""

from __future__ import annotations

from amplify import Demonstration, Example
from amplify.loop.prompt.arm import PreparedArm, drawn_name
from amplify.loop.prompt.shown import ShownExamples, repeated_draw_notes, shown_by_draw


def prepared(name: str, *draws: str) -> list[PreparedArm]:
    """The draws of an arm, which show an example for each letter."""
    return [
        PreparedArm(
            drawn_name(name, draw),
            "",
            tuple(Demonstration(Example(letter, letter, "x")) for letter in letters),
            draw=draw,
        )
        for draw, letters in enumerate(draws, 1)
    ]


def test_the_order_of_the_examples_makes_no_other_draw() -> None:
    shown = shown_by_draw(prepared("a", "xy", "yx", "xz"))
    assert shown["a"][1] == shown["a"][2] != shown["a"][3]
    assert ShownExamples.of("xy", {"i": [0, 1]}) != ShownExamples.of("xy", {"i": [1, 0]})
    assert ShownExamples.of("xy", {"i": (0, 1)}) == ShownExamples.of("xy", {"i": [0, 1]})


def test_arms_with_a_draw_twice_are_noted() -> None:
    every = [*prepared("a", "xy", "yx", "xz"), *prepared("b", "x", "y"), *prepared("c", "x", "x")]
    assert repeated_draw_notes(every) == [
        "a: 1 of 3 draws show the examples of another draw, so that 2 count"
    ]
