from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from amplify import Demonstration, Example, KeyWord
from amplify.loop.answer.score import ArmScore
from amplify.loop.compare.compare import Comparison, DrawDifference
from amplify.loop.compare.demand import Demand
from amplify.loop.compare.family import adjust
from amplify.loop.compare.verdict import reach_verdict
from amplify.loop.survey.proxy_report import ProxyReport
from amplify.report.demonstrations import highlighted
from amplify.report.progress import Phases
from amplify.report.run import survey_proxy_words
from amplify.report.verdict_table import (
    by_level,
    comparison_words,
    comparisons_table,
    uncompared,
    verdict_lines,
)


def comparison(p_value: float) -> Comparison:
    return Comparison("amplify", "answer-only", 200, 0.061, (0.019, 0.103), p_value, 17, 5)


def test_a_comparison_is_a_sentence_that_never_asserts_a_null() -> None:
    words = comparison_words(comparison(0.02), {})
    assert "amplify against answer-only, as prompts: +6.1 points" in words
    assert "+1.9 to +10.3" in words
    assert "p = 0.02" in words
    assert "no evidence" not in words
    assert "no evidence of a difference; so few items" in comparison_words(comparison(0.4), {})
    [one, _] = adjust("f", [comparison(0.02), comparison(0.4)])
    assert "p = 0.04 after Holm over 2" in comparison_words(one, {})


def test_draws_are_shown_apart() -> None:
    draws = tuple(DrawDifference(0, n, 200, d, 0.1) for n, d in enumerate((0.02, 0.1, 0.06), 1))
    several = replace(
        comparison(0.02), test="t over draws and items", by_draw=draws, level="method"
    )
    words = comparison_words(several, {})
    assert "amplify against answer-only, as methods: " in words
    assert "17 fixed and 5 broken of 600 answers to 200 items" in words
    assert "(t over draws and items)" in words
    assert "3 draws from +2.0 to +10.0" in words


def test_the_comparisons_are_a_table_that_fits() -> None:
    ones = [comparison(0.02), replace(comparison(1.0), baseline="amplify-random-words")]
    ones.append(replace(comparison(1.0), baseline="[b]x", fixed=0, broken=0, interval=None))
    screen = io.StringIO()
    console = Console(file=screen, width=76)
    console.print(comparisons_table(adjust("f", ones), {}))
    shown = screen.getvalue()
    assert "amplify against" in shown
    assert "amplify-random-words" in shown
    assert "+1.9 to +10.3 0.02   0.06    17      5" in shown
    assert "[b]x" in shown
    assert "–" in shown
    turned = [replace(one, arm=one.baseline, baseline="answer-only") for one in ones]
    console.print(comparisons_table(turned, {}))
    assert "against answer-only" in screen.getvalue()


def test_who_is_alone_is_named() -> None:
    scores = [
        ArmScore("[b]a", 2, 1, 0.5, (0.1, 0.9), 0, 0, 0, answers=2),
        ArmScore("b", 0, 0, None, None, 0, 0, 2, answers=0),
    ]
    alone = "[b]a alone was tested: there is no other prompt to compare"
    assert uncompared(scores[:1], raced=True) == alone
    assert "alone was answered: there is no other arm" in uncompared(scores, raced=False)
    assert "no two arms" in uncompared([*scores, *scores], raced=False)


def test_methods_and_prompts_are_compared_apart() -> None:
    prompts, methods = comparison(0.02), replace(comparison(0.02), level="method", baseline_draw=3)
    assert by_level([prompts, methods]) == {"method": [methods], "prompt": [prompts]}
    assert list(by_level([prompts])) == ["prompt"]
    screen = io.StringIO()
    table = comparisons_table(adjust("f", [methods, prompts])[:1], {"answer-only": 5})
    Console(file=screen, width=80).print(table)
    assert "answer-only, best of 5" in screen.getvalue()
    assert "Holm/2" in screen.getvalue()


def test_the_verdict_comes_first_and_foreign_names_are_harmless() -> None:
    one = replace(comparison(0.001), baseline="answer\x1b[31m-only")
    found = reach_verdict("amplify", one.baseline, {}, adjust("f", [one]), Demand(max_p=0.01))
    lines = verdict_lines(found)
    assert lines[0].startswith(
        "verdict: With these demonstrations, amplify does better than answer\\x1b[31m"
    )
    assert (
        lines[-1]
        == "the gain that was asked for is shown: the gain, of the prompt, is what was asked."
    )
    assert not any("\x1b" in line for line in lines)


def test_a_proxy_at_chance_is_called_that() -> None:
    assert "no better than chance" in survey_proxy_words(ProxyReport("p", 54, 0.54, 0.53, 0.3))
    good = survey_proxy_words(ProxyReport("p", 200, 0.9, 0.53, None))
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


def test_a_text_and_a_key_word_of_a_megabyte_are_cut() -> None:
    text = "x" * 1_000_000
    word = KeyWord(text, 0.5, ((0, len(text)),))
    shown = highlighted(1, Demonstration(Example("x", text, "l"), (word,)))
    assert len(shown.plain) < 1000
    assert "(999,940 characters more)" in shown.plain


def test_phases_nest_on_a_terminal_and_are_lines_elsewhere() -> None:
    screen = io.StringIO()
    phases = Phases(Console(file=screen, force_terminal=True, width=100))
    with phases("outer", 2) as outer:
        with phases("inner", 3) as inner:
            inner(3)
        outer(2)
    with phases("later", None) as later:
        later()
    phases.begin("csv: 2 arms")
    assert "inner" in screen.getvalue()
    assert "3/3" in screen.getvalue()
    assert "csv: 2 arms" in screen.getvalue()
    log = io.StringIO()
    phases = Phases(Console(file=log, force_terminal=False, width=100))
    phases.begin("csv: 2 arms")
    with phases("fit [bold]", 4) as advance:
        with phases("inner", 3):
            pass
        advance(4)
    assert log.getvalue().startswith("fit [bold]: 4/4 in 0.0 s")
    assert "inner" not in log.getvalue()
