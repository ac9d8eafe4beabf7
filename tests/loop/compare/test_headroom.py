"""What a probe says of a run ahead of it, on answers that are known."""

from __future__ import annotations

import pytest

from amplify import Prediction
from amplify.loop.compare.headroom import Ceiling, gap_to_ceiling, measure_headroom
from amplify.loop.compare.outlook import prompt_outlook
from amplify.loop.compare.power import (
    DEFAULT_VARIANCES,
    needed_prompt_items,
    prompts_power,
    variances_at,
)
from amplify.loop.compare.statistics import POWER, detectable
from amplify.loop.survey.label_errors import LabelErrors


def answers(arm: str, marks: str) -> list[Prediction]:
    """An arm's answers, right where a mark is `1` and failed where it is `f`."""
    return [
        Prediction(
            arm, f"i{n}", "a", "a" if mark == "1" else "b",
            "failed" if mark == "f" else "answered", mark == "1",
        )
        for n, mark in enumerate(marks)
    ]  # fmt: skip


def test_headroom_is_told_to_proxies_and_ceiling() -> None:
    by_arm = {"zero-shot": answers("zero-shot", "1100000000")}
    by_arm["answer-only"] = answers("answer-only", "011110000f")
    by_proxy = {"proxy p": answers("proxy p", "1111111100")}
    noise = LabelErrors("p", 40, 0.05, (0.02, 0.1))
    seen = measure_headroom(by_arm, by_proxy, noise, seed=0)
    assert [score.accuracy for score in seen.scores] == [0.2, 0.4]
    assert seen.scores[1].errors == 1
    assert seen.difference is not None
    assert (seen.difference.fixed, seen.difference.broken) == (3, 1)
    assert seen.discordance is not None
    assert seen.discordance.share == 0.4
    assert seen.discordance.interval == pytest.approx((0.168, 0.687), abs=0.001)
    gaps = {(gap.arm, gap.below): gap.difference for gap in seen.gaps}
    assert gaps["answer-only", "proxy p"] == pytest.approx(0.4)
    assert gaps["answer-only", "ceiling"] == pytest.approx(0.55)
    assert seen.ceiling is not None
    assert seen.ceiling.interval == (0.9, 0.98)


def test_without_a_proxy_there_is_no_ceiling() -> None:
    by_arm = {name: answers(name, "10") for name in ("zero-shot", "answer-only")}
    seen = measure_headroom(by_arm, {}, None, seed=0)
    assert (seen.ceiling, seen.gaps) == (None, ())
    assert seen.discordance is not None
    assert seen.discordance.share == 0.0
    # Two items say little: what a plan goes by is far from none.
    assert seen.discordance.cautious == pytest.approx(0.329, abs=0.001)


def test_a_sure_arm_leaves_the_gap_the_interval_of_the_ceiling() -> None:
    sure = measure_headroom(
        {"zero-shot": answers("zero-shot", "1" * 4), "answer-only": answers("a", "1" * 4)},
        {}, None, 0,
    ).scores[0]  # fmt: skip
    gap = gap_to_ceiling(sure, Ceiling(0.9, (0.8, 0.95), "p", 10))
    assert gap is not None
    assert gap.interval is not None
    # The arm's own upper end is 1: nothing of its interval widens the lower end of the gap.
    assert gap.interval[0] == pytest.approx(-0.1 - 0.1)


@pytest.mark.parametrize(("gain", "share"), [(0.1, 0.3), (0.2, 0.25), (0.1, 0.1)])
def test_the_needed_items_are_those_that_can_detect_the_gain(gain: float, share: float) -> None:
    items = needed_prompt_items(gain, share)
    assert items is not None
    assert prompts_power(gain, share, items) >= POWER > prompts_power(gain, share, items - 1)
    least = detectable(items, round(share * items))
    assert least is not None
    assert least == pytest.approx(gain, abs=0.01)


def test_a_gain_is_never_more_than_the_discordance() -> None:
    assert needed_prompt_items(0.1, 0.0) == needed_prompt_items(0.1, 0.1)
    assert needed_prompt_items(0.001, 0.5) is None
    outlook = prompt_outlook(200, 4, 0.1, "probed")
    assert [chance.needed_items for chance in outlook.chances] == [
        needed_prompt_items(gain, 0.1, 4) for gain in (0.05, 0.1)
    ]


def test_the_variances_at_the_usual_discordance_are_the_default_ones() -> None:
    usual = variances_at(0.3)
    assert (usual.draw, usual.item, usual.rest) == pytest.approx(
        (DEFAULT_VARIANCES.draw, DEFAULT_VARIANCES.item, DEFAULT_VARIANCES.rest)
    )
    assert variances_at(0.01).item == variances_at(0.01).rest == 0.0
