"""Text that is shown does nothing to a terminal, and goes through a shell as it is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplify.contract.errors import PlanError
from amplify.contract.guard.visible import (
    shell_option,
    shell_word,
    visible,
    visible_json,
    visible_lines,
)

ODD = "\x1b]52;c;cm0=\x07\x9b2J\x7f\u202e\u2028\ud83d\U000e0001\r\n"
"""Sets the clipboard, clears a screen, turns the writing around, breaks the line."""


def test_nothing_that_acts_on_a_terminal_is_shown() -> None:
    assert visible(ODD).isascii()
    assert visible(f"é{ODD}日").isprintable()
    assert visible_lines("a\nb\x1b") == "a\nb\\x1b"
    assert visible_lines("a\u2028b\x85c") == "a\\u2028b\\x85c"


@given(st.text())
def test_json_says_the_same_and_shows_nothing_odd(text: str) -> None:
    shown = visible_json(json.dumps([text, {text: 1}], indent=2, ensure_ascii=False))
    assert json.loads(shown) == [text, {text: 1}]
    assert shown.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    "word",
    [
        *("runs/a", "a b", "$(touch pwned)", "`id`", "it's", 'a"b', "-x", "~", "*", "é日", ""),
        *("a\\nb", "\x1b[2J$(touch pwned)'\\ y", "a\nb", "\udcff\udc80/\u202e", "\x01f", "!!"),
    ],
)
@pytest.mark.skipif(shutil.which("bash") is None or os.name != "posix", reason="needs bash")
def test_a_shell_takes_a_word_as_it_is(word: str) -> None:
    shown = shell_word(word)
    assert shown.isprintable()
    done = subprocess.run(["bash", "-c", f"printf %s {shown}"], capture_output=True, check=True)
    assert done.stdout == os.fsencode(word)


def test_a_value_may_begin_with_a_dash() -> None:
    assert shell_option("--out", "runs/a b") == "--out 'runs/a b'"
    assert shell_option("--out", "-x y") == "--out='-x y'"


def test_the_place_of_an_error_is_shown_on_one_line() -> None:
    assert str(PlanError("is no folder", where="a\nDone.\x1b[2J")) == (
        "a\\nDone.\\x1b[2J: is no folder"
    )


def test_what_an_error_quotes_begins_no_line_of_its_own() -> None:
    error = PlanError(
        "no column b", where="t.csv:1", hint="columns: a\namplify: all is well\x1b[2J"
    )
    assert str(error) == "t.csv:1: no column b\n  columns: a\\namplify: all is well\\x1b[2J"
    assert str(PlanError("is\nno plan")) == "is\\nno plan"
