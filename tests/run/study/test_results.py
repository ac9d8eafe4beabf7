"""The figures of a study against their definitions and against other libraries."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from amplify.contract.data import Prediction
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.plan import Plan
from amplify.run.plan.read import resolve_plan
from amplify.run.study.group import Group
from amplify.run.study.results import arm_row, compare_groups, over_tasks
from amplify.run.study.run_of_study import RunOfStudy

Answers = Mapping[str, Sequence[Sequence[bool]]]
"""For each arm and seed, which items were right."""


def plan() -> Plan:
    arms = [{"name": "base"}, {"name": "focus"}]
    return resolve_plan({"arms": arms, "run": {"focus": "focus"}}, Overrides(), ".")


def made(answers: Answers, seed: int) -> RunOfStudy:
    predictions = {
        arm: [
            Prediction(arm, f"i{n}", "x", "x", "answered", right)
            for n, right in enumerate(seeds[seed])
        ]
        for arm, seeds in answers.items()
    }
    counts: dict[str, Any] = dict.fromkeys(("unparsed", "refused", "errors", "prepared"), 0)
    arms = [{"name": arm, **counts, "tokens": None, "faithfulness": None} for arm in answers]
    return RunOfStudy({"arms": arms, "notes": [], "proxies": []}, predictions, {}, "data")


def first(right: int) -> list[bool]:
    """Forty answers of which the first `right` are right."""
    return [n < right for n in range(40)]


def grouped(task: str, answers: Answers) -> Group:
    seeds = range(len(next(iter(answers.values()))))
    runs = tuple(made(answers, seed) for seed in seeds)
    return Group(task, "llm", plan(), tuple(seeds), runs)


def focus_row(answers: Answers) -> dict[str, Any]:
    group = grouped("t", answers)
    return arm_row(group, group.score("focus"), ())


def test_one_seed_has_wilsons_interval() -> None:
    row = focus_row({"focus": [[True] * 30 + [False] * 10]})
    assert (row["correct"], row["answers"], row["items"]) == (30, 40, 40)
    assert row["interval"] == pytest.approx(proportion_confint(30, 40, method="wilson"))


def test_several_seeds_are_one_item_each() -> None:
    seeds = [[True] * 30 + [False] * 10, [True] * 20 + [False] * 20]
    row = focus_row({"focus": seeds})
    assert (row["items"], row["answers"], row["accuracy"]) == (40, 80, 50 / 80)
    assert [draw["correct"] for draw in row["draws"]] == [30, 20]
    # As wide as 40 items allow, not as 80 would: the same answers twice are no news.
    twice = focus_row({"focus": [seeds[0], seeds[0]]})
    low, high = twice["interval"]
    once = proportion_confint(30, 40, method="wilson")
    assert high - low == pytest.approx(once[1] - once[0], rel=0.2)


def test_all_right_over_several_seeds_has_an_interval_too() -> None:
    row = focus_row({"focus": [first(40), first(40)]})
    assert row["interval"] == pytest.approx(proportion_confint(40, 40, method="wilson"))


@pytest.mark.parametrize(("family", "size"), [("study", 4), ("task", 1), ("arm", 4)])
def test_p_values_are_adjusted_over_the_named_family(family: Any, size: int) -> None:
    groups = [
        grouped(f"t{n}", {"base": [first(0)], "focus": [first(gain)]})
        for n, gain in enumerate((4, 6, 7, 12))
    ]
    found = [one for (one,) in compare_groups(family, groups)]
    assert [one.comparisons for one in found] == [size] * 4
    p_values = [one.p_value for one in found]
    expected = p_values if size == 1 else multipletests(p_values, method="holm")[1]
    assert [one.adjusted for one in found] == pytest.approx(list(expected))


def test_over_tasks_the_sign_flip_test_is_exact() -> None:
    gains = (4, 6, 0, -3, 12, 7)
    groups = [
        grouped(f"t{n}", {"base": [first(-gain)], "focus": [first(gain)]})
        for n, gain in enumerate(gains)
    ]
    by_group = compare_groups("study", groups)
    (row,) = over_tasks(groups, by_group)
    differences = [one.difference for (one,) in by_group]
    assert row["difference"] == pytest.approx(fmean(differences))
    assert (row["tasks"], row["above"]) == (6, 4)
    total = abs(sum(differences))
    flips = list(itertools.product((1, -1), repeat=6))
    extreme = sum(
        abs(sum(s * d for s, d in zip(signs, differences, strict=True))) >= total - 1e-12
        for signs in flips
    )
    assert row["p_value"] == pytest.approx(extreme / len(flips))
    assert over_tasks(groups[:2], by_group[:2]) == []
