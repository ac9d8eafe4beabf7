from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify import Span, pool_tokens, word_ranges


def test_tokens_become_words_by_their_places() -> None:
    text = "unexpected, e-mail"
    offsets = [None, (0, 4), (4, 8), (8, 10), (10, 11), (12, 13), (13, 14), (14, 18), None]
    scores = [9.0, 1.0, -4.0, 2.0, 0.5, 1.0, 1.0, 1.0, 1.0]
    sums = (Span(0, 10, -1.0), Span(12, 18, 3.0))
    assert pool_tokens(text, offsets, scores, "sum") == (sums, 10.5, 0)
    assert [s.score for s in pool_tokens(text, offsets, scores, "mean")[0]] == [-1 / 3, 1.0]
    assert [s.score for s in pool_tokens(text, offsets, scores, "max")[0]] == [-4.0, 1.0]


def test_a_token_with_a_space_or_punctuation_counts_whole_for_its_word() -> None:
    found = pool_tokens("a good. day", [(0, 1), (1, 7), (7, 11)], [1.0, 2.0, 3.0])
    assert [s.score for s in found[0]] == [1.0, 2.0, 3.0]
    assert found[1:] == (0.0, 0)


def test_tokens_without_width_or_word_are_the_remainder() -> None:
    spans, rest, missing = pool_tokens(
        "a , b", [(0, 1), (2, 2), (2, 3), None], [1.0, 2.0, 3.0, 4.0]
    )
    assert (spans, rest, missing) == ((Span(0, 1, 1.0),), 9.0, 1)


def test_a_token_of_several_ideographs_is_shared_between_them() -> None:
    text, offsets = "很喜欢😀", [(0, 1), (1, 3), (3, 4), (3, 4)]
    scores = [1.0, 4.0, 1.0, 2.0]
    by = {p: pool_tokens(text, offsets, scores, p) for p in ("sum", "mean", "max")}  # type: ignore[arg-type]  # each is one
    assert [s.score for s in by["sum"][0]] == [1.0, 2.0, 2.0, 3.0]
    assert [s.score for s in by["mean"][0]] == [1.0, 4.0, 4.0, 1.5]
    assert [s.score for s in by["max"][0]] == [1.0, 4.0, 4.0, 2.0]


@given(st.text(alphabet="ab -.,'的好あ😀\u0301\u200d", max_size=30), st.data())
def test_summed_words_and_remainder_are_the_whole(text: str, data: st.DataObject) -> None:
    place = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
    offsets = data.draw(st.lists(st.none() | place, max_size=20))
    scores = [1.5**i for i in range(len(offsets))]
    spans, rest, missing = pool_tokens(text, offsets, scores, "sum")
    assert sum(span.score for span in spans) + rest == pytest.approx(sum(scores))
    assert len(spans) + missing == len(word_ranges(text))
