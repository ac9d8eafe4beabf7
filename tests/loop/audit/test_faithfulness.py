"""Faithfulness against a proxy in which every word's worth is known by hand."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known.models import Additive
from known.mutants import mutant

from amplify import Example, Explanation, Faithfulness, Option, PluginError, Span, word_ranges
from amplify.loop.audit import faithfulness
from amplify.loop.audit.faithfulness import drops, faithfulness_report, measure, ranking, unranked

TEXT = "one good two fine three bad four five six seven."
WEIGHTS = {"good": 0.2, "fine": 0.1, "bad": -0.1}
PROXY = Additive(WEIGHTS)


def explained(
    scores: Sequence[float], text: str = TEXT, target: str = "yes", name: str = "x"
) -> Explanation:
    places = word_ranges(text)
    spans = tuple(Span(*place, score) for place, score in zip(places, scores, strict=False))
    return Explanation(Example(name, text, target), target, spans)


def truth(text: str = TEXT, target: str = "yes") -> Explanation:
    sign = 1 if target == "yes" else -1
    return explained([sign * WEIGHTS.get(text[a:b], 0.0) for a, b in word_ranges(text)], text)


def one(
    explanation: Explanation, rankings: int = 5, measure: Callable[..., Any] = measure
) -> Faithfulness:
    found = measure([explanation], Additive(WEIGHTS).predict, rankings=rankings)[0]
    assert found is not None
    return found


def by_hand(measure: Callable[..., Any] = measure) -> None:
    """Ten words: the tops are of 1, 1, 1, 2 and 5 words, worth .2, .2, .2, .3 and .3.

    The text as it stands is worth .2 in all; the top alone .2, .2, .2, .3 and .3.
    """
    found = one(truth(), 400, measure)
    assert found.comprehensiveness == pytest.approx((0.2 * 3 + 0.3 * 2) / 5)
    assert found.sufficiency == pytest.approx((0.0 * 3 - 0.1 * 2) / 5)
    # A random word is worth .02; ten of them are dropped over the five tops.
    assert found.random_comprehensiveness == pytest.approx(0.2 / 5, abs=0.015)
    assert found.random_sufficiency == pytest.approx(0.2 - 0.2 / 5, abs=0.015)
    # Dropping a word leaves the text of the others, not a hole.
    seen = Additive(WEIGHTS)
    measure([truth()], seen.predict, rankings=1)
    assert "one two fine three bad four five six seven." in seen.calls[0]
    assert "good." in seen.calls[0]


def test_both_measures_are_what_a_hand_computes() -> None:
    by_hand()


def _lowest_first(explanation: Explanation) -> tuple[tuple[int, int], ...]:
    return ranking(explanation)[::-1]


def _blanked(example: Example, places: Sequence[tuple[int, int]]) -> Example:
    text = example.text
    for start, end in places:
        text = text[:start] + "x" * (end - start) + text[end:]
    return Example(example.id, text, example.label)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("ranking", _lowest_first),
        ("without", _blanked),
        ("without", lambda example, places: example),
        ("FRACTIONS", (0.01, 0.05, 0.1, 0.2)),
        ("readable_words", lambda example: word_ranges(example.text)[1:]),
        ("round", math.ceil),
        ("fmean", lambda losses: max(losses)),
    ],
)
def test_a_wrong_implementation_is_found(name: str, wrong: object) -> None:
    measure = mutant(faithfulness, name, wrong)["measure"]
    with pytest.raises(AssertionError):
        # Ten words hide how counts are rounded; twelve do not.
        rounded(measure) if name == "round" else by_hand(measure)


def rounded(measure: Callable[..., Any] = measure) -> None:
    """Twelve words: .05 and .1 of them are 1, .2 are 2 and .5 are 6."""
    seen = Additive(WEIGHTS)
    measure([explained([9, 8, 7, 6, 5, 4], "a b c d e f g h i j k l")], seen.predict, rankings=1)
    assert "a b c" not in seen.calls[0]
    assert "a b" in seen.calls[0]


def test_counts_are_rounded() -> None:
    rounded()


words = st.lists(st.integers(-5, 5), min_size=2, max_size=12)


@settings(max_examples=60, deadline=None)
@given(words, st.randoms(use_true_random=False))
def test_no_ranking_beats_that_of_the_true_weights(values: list[int], draw: random.Random) -> None:
    text = " ".join(f"w{index}" for index in range(len(values)))
    proxy = Additive({f"w{index}": value / 200 for index, value in enumerate(values)})
    other = list(range(len(values)))
    draw.shuffle(other)
    asked = [explained([v / 200 for v in values], text), explained(other, text)]
    best, found = measure(asked, proxy.predict)
    if best is None or found is None:
        assert len(set(values)) == 1
        return
    tied = 1e-9
    assert best.comprehensiveness >= found.comprehensiveness - tied
    assert best.sufficiency <= found.sufficiency + tied
    assert best.comprehensiveness >= best.random_comprehensiveness - tied
    # The random words are the same for both, and what is taken away and left is the whole.
    assert found.random_comprehensiveness == best.random_comprehensiveness
    total = sum(values) / 200
    for comp, suff in (
        (found.comprehensiveness, found.sufficiency),
        (found.random_comprehensiveness, found.random_sufficiency),
    ):
        assert comp + suff == pytest.approx(total)


def test_the_label_is_the_true_one_not_the_predicted() -> None:
    against = one(explained([-WEIGHTS.get(w, 0.0) for w in TEXT[:-1].split()], target="no"))
    # "no" has .3; without "bad", the only word for it, .2; with that word alone .6.
    assert against.comprehensiveness == pytest.approx(0.1)
    assert against.sufficiency == pytest.approx(-0.3)


def test_everything_is_asked_in_one_call_and_no_text_twice() -> None:
    proxy = Additive(WEIGHTS)
    texts = [TEXT, "a good day for one", TEXT]
    asked = [explained(range(20), text, name=f"e{i}") for i, text in enumerate(texts)]
    found = measure(asked, proxy.predict)
    assert len(proxy.calls) == 1
    assert len(set(proxy.calls[0])) == len(proxy.calls[0])
    assert found[0] is not None
    assert found[2] is not None
    assert found[0].comprehensiveness == found[2].comprehensiveness
    alone = [measure([explanation], proxy.predict)[0] for explanation in asked]
    assert alone == found


def test_the_random_control_follows_the_seed_alone() -> None:
    assert one(truth()) == one(truth())
    other = measure([truth()], PROXY.predict, seed=1)[0]
    assert other is not None
    assert other.random_comprehensiveness != one(truth()).random_comprehensiveness
    assert other.comprehensiveness == one(truth()).comprehensiveness
    measure([explained([1, 2], "a b", name="lone \ud800")], PROXY.predict)


@pytest.mark.parametrize(
    ("explanation", "reason"),
    [
        (explained([1.0] * 10), "every word the same score"),
        (explained([]), "score no word"),
        (explained([2.0], "alone"), "every word the same score"),
        (explained([], "?!"), "no words"),
        (explained([], ""), "no words"),
    ],
)
def test_what_ranks_nothing_is_not_measured_and_says_why(
    explanation: Explanation, reason: str
) -> None:
    proxy = Additive(WEIGHTS)
    assert measure([explanation], proxy.predict) == [None]
    assert proxy.calls == []
    assert reason in (unranked(explanation) or "")


def test_fewer_ranked_words_than_a_top_asks_for_are_all_taken_by_both() -> None:
    """Two of ten words are scored: the tops are of 1, 1, 1, 2 and 2 words, of random words too."""
    places = {TEXT[a:b]: (a, b) for a, b in word_ranges(TEXT)}
    spans = (Span(*places["fine"], 1.0), Span(*places["good"], 3.0))
    proxy = Additive(WEIGHTS)
    explanation = Explanation(Example("x", TEXT, "yes"), "yes", spans)
    found = measure([explanation], proxy.predict)[0]
    assert found is not None
    assert found.comprehensiveness == pytest.approx((0.2 * 3 + 0.3 * 2) / 5)
    left = {len(word_ranges(text)) for text in proxy.calls[0]}
    assert left == {10, 9, 8, 1, 2}


def test_a_target_that_is_not_open_is_not_measured() -> None:
    assert measure([explained(range(10), target="maybe")], PROXY.predict) == [None]


def test_spans_that_are_no_words_count_for_the_words_that_they_touch() -> None:
    example = Example("x", "good and fine", "yes")
    two = Explanation(example, "yes", (Span(2, 6, 1.0), Span(9, 13, 2.0), Span(9, 11, 0.5)))
    assert ranking(two) == ((9, 13), (0, 4), (5, 8))


def test_option_letters_are_no_words() -> None:
    text = "Which?\n(A) a good one\n(B) a bad one"
    options = (Option("(A)", 11, 21), Option("(B)", 26, 35))
    spans = tuple(Span(a, b, 1.0 / (a + 1)) for a, b in word_ranges(text))
    found = ranking(Explanation(Example("x", text, "(A)", options, (0, 6)), "(A)", spans))
    assert [text[a:b] for a, b in found] == ["Which", "a", "good", "one", "a", "bad", "one"]


def test_what_a_label_loses_without_its_words() -> None:
    proxy = Additive(WEIGHTS)
    asked = [truth(), explained([], TEXT, target="no")]
    taken = [[(4, 8), (13, 17)], [(24, 27)]]
    assert [TEXT[a:b] for places in taken for a, b in places] == ["good", "fine", "bad"]
    assert drops(asked, taken, proxy.predict) == pytest.approx([0.3, 0.1])
    assert len(proxy.calls) == 1
    assert len(proxy.calls[0]) == 3


def test_a_report_counts_what_beats_random_words() -> None:
    def lead(comprehensiveness: float, sufficiency: float = 0.0) -> Faithfulness:
        return Faithfulness(0.1 + comprehensiveness, 0.3 + sufficiency, 0.1, 0.3)

    # Eight beat random words, by either measure; one loses by more than it gains; one is equal.
    ones = [*[lead(0.2)] * 4, *[lead(-0.1, -0.2)] * 4, lead(0.1, 0.2), lead(0.0)]
    found = faithfulness_report([*ones, None])
    assert found is not None
    assert (found.measured, found.better) == (10, 8)
    assert found.comprehensiveness == pytest.approx(0.1 + (0.8 - 0.4 + 0.1) / 10)
    assert found.sufficiency == pytest.approx(0.3 + (-0.8 + 0.2) / 10)
    assert (found.random_comprehensiveness, found.random_sufficiency) == pytest.approx((0.1, 0.3))
    # 8 of 9 that differ: (9 + 1) / 2 ** 9.
    assert found.p_value == pytest.approx(10 / 512)
    assert found.shown
    chance = faithfulness_report([lead(0.1), lead(-0.1), lead(0.0)])
    assert chance is not None
    assert not chance.shown
    tied = faithfulness_report([lead(0.0)])
    assert tied is not None
    assert tied.p_value == 1.0
    assert faithfulness_report([None]) is None


def test_a_proxy_that_loses_texts_is_told_on() -> None:
    def broken(examples: Sequence[Example]) -> list[object]:
        return []

    with pytest.raises(PluginError, match="0 scores for"):
        measure([truth()], broken)  # type: ignore[arg-type]  # a broken proxy
