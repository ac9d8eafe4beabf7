"""Options that an input lists."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify.builtin.listed_options import find_options, lettered_options

LINE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Cs"]), max_size=30
)
CONTENT = LINE.map(str.strip).filter(
    lambda line: line and not re.match(r"\(?[A-Z]\)|[-*•]|options", line, re.I)
)


@given(question=CONTENT, contents=st.lists(CONTENT, min_size=1, max_size=26))
def test_lettered_options_are_found_where_they_stand(question: str, contents: list[str]) -> None:
    lines = [f"({chr(65 + i)}) {content}" for i, content in enumerate(contents)]
    text = "\n".join([question, "Options:", *lines])
    options, place = lettered_options(text)
    assert [text[o.start : o.end] for o in options] == contents
    assert [o.label for o in options] == [f"({chr(65 + i)})" for i in range(len(contents))]
    assert place is not None
    assert text[slice(*place)] == question


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        ("Q?\nOptions:\n- valid \n- invalid", ["valid", "invalid"]),
        ("Q?\nOptions:\n(A) one\nmore\n(B) two\n", ["one\nmore", "two"]),
        ("Options:\n(A) x\nQ?\nOptions:\n(A) y\n(B) (A) z", ["y", "(A) z"]),
        ("(A) x\n(B) y", ["x", "y"]),
        ("Q?\nOptions:\n(A) x\n(C) not an option\n(B) y", ["x\n(C) not an option", "y"]),
        ("Answer Choices:\n(A) x\n(B) y", ["x", "y"]),
    ],
)
def test_contents(text: str, contents: list[str]) -> None:
    found = find_options(text)
    assert found is not None
    assert [text[i.start : i.end] for i in found.items] == contents


@pytest.mark.parametrize(
    "text", ["", "no options", "- a\n- b", "Options:", "Options: (A) x", "(B) x"]
)
def test_nothing_is_listed(text: str) -> None:
    assert find_options(text) is None
