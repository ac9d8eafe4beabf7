from __future__ import annotations

import pytest

from amplify import Demonstration, Example, Explanation, KeyWord, Option, Span, word_ranges
from amplify.loop.audit.empty_words import EmptyWords, count_empty
from amplify.loop.explain.keywords import STOP_WORDS, key_words, scaffold


def explained(text: str, *scores: float, **more: object) -> Explanation:
    example = Example("x", text, "a", **more)  # type: ignore[arg-type]  # by keyword
    spans = [Span(*place, score) for place, score in zip(word_ranges(text), scores, strict=True)]
    return Explanation(example, "a", tuple(spans))


def words(explanation: Explanation, k: int = 5, **more: object) -> list[str]:
    return [word.text for word in key_words(explanation, k, **more)]  # type: ignore[arg-type]  # by keyword


def test_the_top_words_come_in_the_order_of_their_scores() -> None:
    assert words(explained("one two three four", 0.1, 0.4, 0.3, 0.2), k=3) == [
        "two",
        "three",
        "four",
    ]


def test_a_word_that_occurs_twice_counts_once_with_the_sum_of_its_scores() -> None:
    found = key_words(explained("Good food, good mood", 0.2, 0.3, 0.2, 0.1), 5)
    assert [(w.text, pytest.approx(w.score)) for w in found][:2] == [("Good", 0.4), ("food", 0.3)]
    assert found[0].places == ((0, 4), (11, 15))


def test_words_that_speak_against_the_label_are_never_made_up_for() -> None:
    assert words(explained("good bad ugly", 0.2, -0.5, 0.0)) == ["good"]
    assert words(explained("bad", -0.5)) == []


def test_ties_go_to_the_earlier_word() -> None:
    assert words(explained("b a c", 0.2, 0.2, 0.2), k=2) == ["b", "a"]


def test_option_letters_and_the_heading_are_masked_but_not_the_options_text() -> None:
    text = "Which one?\nOptions:\n(A) A plan\n(B) a plot"
    options = (Option("(A)", 24, 30), Option("(B)", 35, 41))
    found = explained(text, *([0.1] * 9), options=options, question=(0, 10))
    assert text[24:30] == "A plan"
    assert text[35:41] == "a plot"
    assert words(found, k=9) == ["A", "Which", "one", "plan", "plot"]
    assert "Options" in words(found, k=9, mask=())
    assert "B" in words(found, k=9, mask=())


def test_scaffolding_is_found_from_the_task_itself() -> None:
    examples = [Example(str(i), f"Which statement is {w}", "a") for i, w in enumerate("abcde")]
    found = scaffold(examples)
    assert found == {"which", "statement", "is"}
    explanation = explained("Which statement is sly", 0.9, 0.8, 0.7, 0.1)
    assert words(explanation, mask=("scaffold",), scaffolding=found) == ["sly"]
    assert len(words(explanation, mask=(), scaffolding=found)) == 4


def test_stop_words_keep_the_negations() -> None:
    assert STOP_WORDS.isdisjoint({"not", "no", "never", "nor", "without"})
    found = explained("it is not the one", 0.5, 0.4, 0.3, 0.2, 0.1)
    assert words(found, mask=("stop-words",)) == ["not", "one"]


def test_negations_outlive_the_stop_words_in_every_spelling() -> None:
    kept = "don't can’t cannot nothing nobody neither nor never without hardly no not"
    found = explained("it is " + kept, *([0.5] * 14))
    assert words(found, k=20, mask=("stop-words",)) == kept.split()
    assert len(words(found, k=20, mask=())) == 14


def test_variants_of_a_word_are_one_and_shown_as_the_first_stands() -> None:
    found = key_words(explained("Cafe\u0301 CAFÉ café ❤️ ❤", 0.1, 0.2, 0.3, 0.1, 0.1), 5)
    assert [(w.text, pytest.approx(w.score), len(w.places)) for w in found] == [
        ("Cafe\u0301", 0.6, 3),
        ("❤️", 0.2, 2),
    ]
    assert found[0].places == ((0, 5), (6, 10), (11, 15))


def test_occurrences_that_disagree_are_summed() -> None:
    assert words(explained("up down up", 0.5, 0.1, -0.6)) == ["down"]


def test_numbers_are_masked_on_request() -> None:
    found = explained("in 2024 about 3.14 B2B ½", *([0.1] * 6))
    assert words(found, k=9) == ["in", "2024", "about", "3.14", "B2B", "½"]
    assert words(found, k=9, mask=("numbers",)) == ["in", "about", "B2B"]


def test_scaffolding_knows_variants_and_a_share() -> None:
    texts = ["Café one", "cafe\u0301 two", "CAFÉ three", "tea four"]
    assert scaffold([Example(str(i), t, "a") for i, t in enumerate(texts)], 0.7) == {"café"}
    assert scaffold([]) == frozenset()


def test_words_that_cannot_tell_labels_apart_are_counted() -> None:
    def shown(*found: str) -> Demonstration:
        return Demonstration(Example("x", "", "a"), tuple(KeyWord(w, 1.0, ()) for w in found))

    assert count_empty([shown("Statement", "the", "grim"), shown("Which", "not")], {
        "statement", "which"
    }) == EmptyWords(5, 2, 1)  # fmt: skip
    assert count_empty([shown()], ()) is None
