from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amplify import Example, Option, readable_words, without, word_ranges


def dropped(text: str, *words: str) -> str:
    places = [(a, b) for a, b in word_ranges(text) if text[a:b] in words]
    return without(Example("x", text, "a"), places).text


def test_a_dropped_word_takes_the_space_before_it_along() -> None:
    assert dropped("not a good day.", "good") == "not a day."
    assert dropped("not a good day.", "not") == "a good day."
    assert dropped("not a good day.", "not", "a", "good", "day") == "."
    assert dropped("one, two", "two") == "one,"
    assert dropped("a good day", "absent") == "a good day"


def test_line_breaks_stay() -> None:
    assert dropped("first\nsecond third", "second") == "first\n third"


def test_options_and_the_question_move_along() -> None:
    text = "Which is the sly one?\nOptions:\n(A) a very sly fox\n(B) a plain cow"
    options = (Option("(A)", 35, 49), Option("(B)", 54, 65))
    example = Example("x", text, "(A)", options, (0, 21))
    assert [text[o.start : o.end] for o in options] == ["a very sly fox", "a plain cow"]
    words = readable_words(example)
    assert "Options" not in {text[a:b] for a, b in words}
    cut = without(example, [p for p in words if text[slice(*p)] in ("the", "very", "sly", "a")])
    assert cut.question is not None
    assert cut.text[slice(*cut.question)] == "Which is one?"
    assert [cut.text[o.start : o.end].strip() for o in cut.options] == ["fox", "plain cow"]
    none = without(example, words)
    assert [none.text[o.start : o.end].strip() for o in none.options] == ["", ""]


def test_a_space_stays_where_two_words_would_become_one() -> None:
    assert dropped("good😀bad 😀", "😀") == "good bad"
    assert dropped("A的B的C", "的") == "A B C"
    assert dropped("我很好", "很") == "我好"
    assert dropped("one(two)three", "two") == "one()three"
    assert dropped("(🇩\ufe0f)", "🇩\ufe0f") == "()"
    example = Example("x", "A的B (C)", "a", (Option("(A)", 2, 3), Option("(B)", 5, 6)), (0, 1))
    left = without(example, [(1, 2)])
    assert left.text == "A B (C)"
    assert [left.text[o.start : o.end] for o in left.options] == ["B", "C"]
    assert left.question is not None
    assert left.text[slice(*left.question)].strip() == "A"


def test_a_placeholder_stands_for_each_word() -> None:
    text = "这很好, my good day"
    options = (Option("(A)", 5, 12), Option("(B)", 13, 16))
    example = Example("x", text, "(A)", options, (0, 3))
    words = word_ranges(text)
    left = without(example, [words[1], words[2], words[4]], "[MASK]")
    assert left.text == "这[MASK][MASK], my [MASK] day"
    assert [left.text[o.start : o.end] for o in left.options] == ["my [MASK]", "day"]
    assert left.question is not None
    assert left.text[slice(*left.question)] == "这[MASK][MASK]"
    assert without(example, [], "[MASK]") == example


MIXED = st.text(alphabet="ab -.\n'्éー的あ😀🇩🇪🏿​‍‏️⃣#", max_size=30)


@given(st.text(max_size=60) | MIXED, st.data())
def test_what_is_not_dropped_stays_in_order(text: str, data: st.DataObject) -> None:
    words = word_ranges(text)
    gone = data.draw(st.lists(st.sampled_from(words), max_size=6)) if words else []
    kept = [text[a:b] for a, b in words if (a, b) not in gone]
    left = without(Example("x", text, "a"), gone).text
    assert [left[a:b] for a, b in word_ranges(left)] == kept
