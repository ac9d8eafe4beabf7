"""What is told of the proxy itself against the prompts."""

from __future__ import annotations

import pytest

from amplify import Prediction
from amplify.loop.compare.classifier import proxy_words, score_proxy
from amplify.loop.compare.pairing import ByDraw

ITEMS = 60


def answers(right: int) -> list[Prediction]:
    return [
        Prediction("a", f"i{n}", "x", "x" if n < right else "y", "answered", n < right)
        for n in range(ITEMS)
    ]


def drawn(*right: int) -> ByDraw:
    return {(7, n if len(right) > 1 else 0): answers(r) for n, r in enumerate(right, 1)}


@pytest.mark.parametrize(
    ("right", "arms", "words"),
    [
        (55, {"a": drawn(30), "b": drawn(40)}, "The proxy p, a plain classifier, does better than"),
        (50, {"a": drawn(30), "b": drawn(48)}, "No prompt is shown to be better than the proxy p"),
        (30, {"a": drawn(50), "b": drawn(29)}, "a does better than the proxy p"),
        (30, {"a": drawn(50), "b": drawn(55)}, "a and b do better than the proxy p"),
        (55, {"a": drawn(30, 32, 31), "b": drawn(40, 41, 39)}, "does better than every prompt"),
    ],
)
def test_only_what_is_shown_is_told(right: int, arms: dict[str, ByDraw], words: str) -> None:
    proxy = score_proxy("proxy p", {(7, 0): answers(right)}, arms, 7, (), ("x", "y"))
    assert words in (proxy_words(proxy) or "")
    assert {c.comparisons for c in proxy.comparisons} == {len(arms)}  # one family, by Holm
    assert proxy.score.correct == right


def test_over_draws_the_proxy_stands_beside_every_draw_of_a_method() -> None:
    arms = {"a": drawn(30, 40, 20), "b": drawn(20)}
    proxy = score_proxy("proxy p", {(7, 0): answers(50)}, arms, 7, (), ("x", "y"))
    methods, prompts = proxy.comparisons
    assert (methods.level, len(methods.by_draw), prompts.level) == ("method", 3, "prompt")
    assert methods.difference == pytest.approx(20 / ITEMS)


def test_nothing_is_told_where_no_arm_was_answered() -> None:
    proxy = score_proxy("proxy p", {(7, 0): answers(50)}, {}, 7, (), ("x", "y"))
    assert proxy_words(proxy) is None
