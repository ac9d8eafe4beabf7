"""Ambig-ICL on a pool where each condition of the paper tells two candidates apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from amplify_transformers.neighbours.ambiguous import Ambiguous, two_likeliest
from amplify_transformers.options import NeighboursOptions

from amplify import Candidate, Context, Example, QuerySurvey

LABELS = ("bad", "good", "so-so")
QUERY = Example("q", "the splendid river", "")

POOL = {  # text, true label, the LLM's answer
    "right": ("the splendid river", "good", "good"),
    "elsewhere": ("the splendid river", "good", "so-so"),
    "other label": ("the splendid river", "so-so", "good"),
    "near": ("the splendid river street", "bad", "good"),
    "far": ("seven", "good", "bad"),
}


def candidates() -> list[Candidate]:
    return [
        Candidate(Example(name, text, label), answer=answer, error=answer != label)
        for name, (text, label, answer) in POOL.items()
    ]


def chosen(
    selector: Ambiguous, shots: int, probabilities: tuple[tuple[str, float], ...]
) -> list[str]:
    surveyed = {"q": QuerySurvey(probabilities=probabilities)}
    selection = selector.select(candidates(), shots, [QUERY], surveyed)
    return [shot.example.id for shot in selection.by_item["q"]]


@pytest.fixture
def selector(make: Callable[..., str]) -> Ambiguous:
    options = NeighboursOptions(model=make("bert"))
    return Ambiguous(options, Context(device="cpu", labels=LABELS))


def test_errors_between_the_two_likeliest_labels_come_first(selector: Ambiguous) -> None:
    ambiguous = (("bad", 0.3), ("good", 0.6), ("so-so", 0.1))
    # Errors from one of the two labels to the other, then the error to a third label, what the LLM
    # knows, and what has a third label, however near it is.
    assert chosen(selector, 5, ambiguous) == ["near", "far", "elsewhere", "right", "other label"]
    assert chosen(selector, 1, ambiguous) == ["near"]


def test_other_labels_are_likely_of_another_item(selector: Ambiguous) -> None:
    ambiguous = (("bad", 0.1), ("good", 0.5), ("so-so", 0.4))
    assert chosen(selector, 3, ambiguous) == ["elsewhere", "other label", "far"]


def test_an_item_without_an_answer_has_plain_neighbours(selector: Ambiguous) -> None:
    assert chosen(selector, 3, ()) == ["elsewhere", "other label", "right"]


def test_a_note_tells_how_many_lack_a_condition(selector: Ambiguous) -> None:
    surveyed = {"q": QuerySurvey(probabilities=(("bad", 0.3), ("good", 0.6), ("so-so", 0.1)))}
    (note,) = selector.select(candidates(), 4, [QUERY], surveyed).notes
    assert note.startswith("2 of 4 shots are errors between the two likeliest labels")
    assert selector.select(candidates(), 2, [QUERY], surveyed).notes == ()


def test_of_equally_likely_labels_the_first_ones_are_ambiguous() -> None:
    assert two_likeliest((("bad", 0.25), ("good", 0.25), ("so-so", 0.25))) == {"bad", "good"}
