from __future__ import annotations

import io

from rich.console import Console

from amplify import Demonstration, Example, KeyWord
from amplify.loop.score import Comparison
from amplify.loop.survey import ProxyReport
from amplify.report.progress import Phases
from amplify.report.run import comparison_words, highlighted, proxy_words


def comparison(p_value: float) -> Comparison:
    return Comparison("amplify", "answer-only", 200, 0.061, (0.019, 0.103), p_value, 17, 5)


def test_a_comparison_is_a_sentence_that_never_asserts_a_null() -> None:
    words = comparison_words(comparison(0.02))
    assert "amplify against answer-only: +6.1 points" in words
    assert "+1.9 to +10.3" in words
    assert "p = 0.02" in words
    assert "no evidence" not in words
    assert comparison_words(comparison(0.4)).endswith("no evidence of a difference")


def test_a_proxy_at_chance_is_called_that() -> None:
    assert "no better than chance" in proxy_words(ProxyReport("p", 54, 0.54, 0.53, 0.3))
    good = proxy_words(ProxyReport("p", 200, 0.9, 0.53, None))
    assert "no better" not in good
    assert "LLM's answer" not in good


def test_key_words_are_set_off_and_foreign_text_is_harmless() -> None:
    text = "a [bold]red[/] \x1b[31mword\u202e here"
    start = text.index("word")
    word = KeyWord("word", 0.5, ((start, start + 4),))
    shown = highlighted(1, Demonstration(Example("x", text, "l"), (word,), mcs=0.25))
    marked = [shown.plain[s.start : s.end] for s in shown.spans if "reverse" in str(s.style)]
    assert marked == ["word"]
    assert "\x1b" not in shown.plain
    assert "\u202e" not in shown.plain
    assert "[bold]red[/]" in shown.plain
    assert "MCS +0.25" in shown.plain


def test_phases_nest_on_a_terminal_and_are_lines_elsewhere() -> None:
    screen = io.StringIO()
    phases = Phases(Console(file=screen, force_terminal=True, width=100))
    with phases("outer", 2) as outer:
        with phases("inner", 3) as inner:
            inner(3)
        outer(2)
    with phases("later", None) as later:
        later()
    assert "inner" in screen.getvalue()
    assert "3/3" in screen.getvalue()
    log = io.StringIO()
    phases = Phases(Console(file=log, force_terminal=False, width=100))
    with phases("fit [bold]", 4) as advance:
        advance(4)
    assert log.getvalue().startswith("fit [bold]: 4/4 in 0.0 s")
