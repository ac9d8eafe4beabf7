"""The arms of a run as tables and as lines, with one draw and with several."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console

from amplify.contract.data import Prediction
from amplify.loop.answer.score import ArmScore, score_arm
from amplify.report.arms import arm_lines, print_arms, with_bare_names


def predictions(correct: int, of: int = 200, status: Any = "answered") -> list[Prediction]:
    """The answers to so many items, of which the first ones are right."""
    return [
        Prediction("", str(n), "a", "a" if n < correct else "b", status, n < correct)
        for n in range(of)
    ]


def score(name: str, *correct: int, pool: Sequence[int] = ()) -> ArmScore:
    """The score of an arm with a draw for each of these numbers of right answers to 200 items.

    `pool` holds those of the draws to 50 pool items, by which the best draw is chosen.
    """
    single = len(correct) == 1
    draws = {(0, 0 if single else n): predictions(c) for n, c in enumerate(correct, 1)}
    on_pool = {n: predictions(c, 50) for n, c in enumerate(pool, 1)}
    return score_arm(name, draws, draws_none=single, on_pool=on_pool)


FIXED = score("zero-shot", 100)
DRAWN = score("amplify-random-words", 112, 120, 168, 180)


def shown(*scores: ArmScore, width: int = 80, encoding: str = "utf-8") -> str:
    tokens = {"input": 1_234_000, "output": 567, "cached": 0}
    record = {"arms": [{**asdict(score), "tokens": tokens} for score in scores]}
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    console = Console(file=stream, width=width, no_color=True)
    print_arms(scores, record, console, narrow=width < 76)
    stream.seek(0)
    return stream.read()


def test_an_arm_with_draws_has_the_mean_the_spread_and_the_range() -> None:
    text = shown(FIXED, DRAWN)
    (row, *_) = [line.split() for line in text.splitlines() if "amplify-random-words" in line]
    interval = DRAWN.interval
    assert interval is not None
    bounds = f"{100 * interval[0]:.1f}–{100 * interval[1]:.1f}%"
    assert row[1:] == ["580/800", "72.5%", bounds, "17.0", "56.0–90.0%", "4"]
    (row, *_) = [line.split() for line in text.splitlines() if "zero-shot" in line]
    assert row[:3] == ["zero-shot", "100/200", "50.0%"]
    assert row[4:] == ["–", "–", "–"]


def test_the_best_draw_has_a_row_of_its_own() -> None:
    best = score("answer-only", 112, 180, 168, pool=(20, 40, 30))
    text = shown(FIXED, best, DRAWN)
    (row, *_) = [line.split() for line in text.splitlines() if "answer-only, best of 3" in line]
    assert row[4:] == ["180/200", "90.0%", "85.1–93.4%", "–", "–", "–"]
    assert "draw 2 of answer-only (40 of 50)" in " ".join(text.split())
    assert "amplify-random-words, best" not in text
    assert ", best 90.0%, 0 unread" in arm_lines([best])[0]


def test_the_tables_and_the_plot_fit_into_80_columns() -> None:
    text = shown(FIXED, DRAWN, score("amplify-no-rationale", *[199] * 10))
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("amplify-no-rationale") == 3
    assert "1,234,567" in text
    assert "─●" in text


def test_a_proxy_has_its_plugin_named_only_where_another_is_called_the_same() -> None:
    one, other = "proxy transformers/classifier", "proxy sklearn/classifier"
    proxies = [score(one, 150), score("proxy sklearn/linear", 140)]
    assert [p.name for p in with_bare_names(proxies)] == ["proxy classifier", "proxy linear"]
    proxies = [score(one, 150), score(other, 140)]
    assert with_bare_names(proxies) == proxies


def test_without_draws_it_is_one_table_and_no_plot() -> None:
    text = shown(FIXED, score("answer-only", 120))
    assert "spread" not in text
    assert text.count("zero-shot") == 1
    (row, *_) = [line.split() for line in text.splitlines() if "answer-only" in line]
    assert row == ["answer-only", "120/200", "60.0%", "53.1–66.5%", "0", "0", "1,234,567"]


def test_a_narrow_console_has_lines_of_the_same_figures() -> None:
    fixed, drawn = arm_lines([FIXED, DRAWN])
    assert fixed == "zero-shot: 100/200 right, 50.0% (43.1–56.9%), 0 unread, 0 failed"
    assert drawn.startswith("amplify-random-words: 580/800 right, 72.5% (")
    assert "spread 17.0 over 4 draws (56.0–90.0%), 0 unread" in drawn
    text = shown(FIXED, DRAWN, width=60)
    assert max(map(len, text.splitlines())) <= 60
    assert "●" in text


def test_a_console_without_unicode_has_an_ascii_plot() -> None:
    text = shown(FIXED, DRAWN, encoding="ascii")
    (line, *_) = [line for line in text.splitlines() if line.startswith(" amplify-random-words")]
    assert line.isascii()
    assert line.count("o") > 4


def test_failed_and_unread_answers_are_counted_over_all_draws() -> None:
    draws = {
        (0, 1): [*predictions(5, 10), *predictions(0, 3, "failed")],
        (0, 2): [*predictions(5, 10), *predictions(0, 1, "failed"), *predictions(0, 1, "refused")],
    }
    text = shown(score_arm("amplify", draws))
    assert "refused" in text
    rows = [line.split() for line in text.splitlines() if line.startswith(" amplify")]
    assert rows[-1] == ["amplify", "0", "4", "1,234,567", "1"]
    assert ", 0 unread, 4 failed, 1 refused" in arm_lines([score_arm("amplify", draws)])[0]


def test_an_arm_that_nobody_answered_is_called_that() -> None:
    unanswered = score_arm("amplify", {(0, n): predictions(0, 20, "prepared") for n in (1, 2)})
    assert arm_lines([unanswered]) == ["amplify: prepared, not answered"]
    text = shown(DRAWN, unanswered)
    assert "–/40" in text
    assert max(map(len, text.splitlines())) <= 80


def test_an_interval_that_cannot_be_estimated_is_a_dash() -> None:
    lonely = ArmScore("amplify", 1, 1, 0.5, None, 0, 0, 0, answers=2)
    assert "amplify: 1/2 right, 50.0% (–)" in arm_lines([lonely])[0]
