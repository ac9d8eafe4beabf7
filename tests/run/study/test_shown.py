"""Draws that show the same examples count once; other draws are paired, seed by seed."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from amplify.contract.data import Prediction
from amplify.loop.compare.compare import Comparison
from amplify.loop.compare.distinct_draws import distinct_draws
from amplify.loop.prompt.shown import ShownExamples
from amplify.run.plan.overrides import Overrides
from amplify.run.plan.read import resolve_plan
from amplify.run.study.group import Group
from amplify.run.study.results import compare_groups, over_tasks
from amplify.run.study.run_of_study import RunOfStudy
from amplify.run.study.shown import draw_notes

PLAN = resolve_plan(
    {"arms": [{"name": "base"}, {"name": "focus"}], "run": {"focus": "focus"}}, Overrides(), "."
)


def shows(*examples: str) -> ShownExamples:
    return ShownExamples(frozenset(examples))


def run(base: ShownExamples, focus: ShownExamples, right: int) -> RunOfStudy:
    """A run in which the base is right on 10 of 40 items and the focus on `right`."""
    counts = {"base": 10, "focus": right}
    predictions = {
        arm: [Prediction(arm, f"i{n}", "x", "x", "answered", n < count) for n in range(40)]
        for arm, count in counts.items()
    }
    bare: dict[str, Any] = dict.fromkeys(("unparsed", "refused", "errors", "prepared"), 0)
    arms = [{"name": arm, **bare, "tokens": None, "faithfulness": None} for arm in counts]
    record = {"arms": arms, "notes": [], "proxies": []}
    return RunOfStudy(record, predictions, {}, "data", {("base", 0): base, ("focus", 0): focus})


def group(*runs: RunOfStudy) -> Group:
    return Group("t", "llm", PLAN, tuple(range(len(runs))), runs)


def compared(*runs: RunOfStudy) -> Comparison:
    ((comparison,),) = compare_groups("study", [group(*runs)])
    return comparison


def test_the_first_of_the_draws_that_show_the_same_is_kept() -> None:
    shown = {(0, 1): shows("a", "b"), (0, 2): shows("b", "a"), (1, 1): shows("a", "c")}
    by_draw = {(0, 1): "first", (0, 2): "again", (1, 1): "other", (1, 2): "unknown"}
    kept = distinct_draws(by_draw, shown)
    assert kept == {(0, 1): "first", (1, 1): "other", (1, 2): "unknown"}
    chosen = {
        (0, 1): ShownExamples(shows("a").examples, "1"),
        (0, 2): ShownExamples(shows("a").examples, "2"),
    }
    assert len(distinct_draws({(0, 1): 1, (0, 2): 2}, chosen)) == 2


def test_seeds_with_demonstrations_of_their_own_are_draws() -> None:
    rights = {"x": 20, "y": 25, "z": 18}
    comparison = compared(*(run(shows(f"b{x}"), shows(x), right) for x, right in rights.items()))
    assert (comparison.level, len(comparison.by_draw)) == ("method", 3)


def test_an_arm_that_shows_the_same_under_all_seeds_is_one_prompt() -> None:
    runs = [run(shows(name), shows("x"), 20) for name in "abc"]
    comparison = compared(*runs)
    # The base was drawn three times, and the one prompt of the focus stands beside each draw.
    assert (comparison.level, len(comparison.by_draw)) == ("prompt", 3)
    score = group(*runs).score("focus")
    assert (score.answers, score.draws) == (40, ())
    (note,) = group(*runs).notes()
    assert note.startswith(
        "focus: 2 of 3 draws show the examples of another draw, so that 1 counts"
    )


def test_a_seed_that_shows_the_same_again_is_not_counted() -> None:
    runs = [run(shows(base), shows(focus), 20) for base, focus in ("ax", "bx", "cz")]
    comparison = compared(*runs)
    assert [draw.seed for draw in comparison.by_draw] == [0, 2]


def test_two_arms_that_are_not_drawn_anew_are_compared_on_items_alone() -> None:
    comparison = compared(*[run(shows("a"), shows("x"), 20)] * 5)
    assert (comparison.level, comparison.by_draw, comparison.test) == (
        "prompt",
        (),
        "exact McNemar",
    )


def test_draws_that_are_much_the_same_are_noted() -> None:
    nine = "abcdefghi"
    (note,) = draw_notes({"amplify": [shows(*nine, "j"), shows(*nine, "k")], "base": [shows("a")]})
    assert note.startswith("amplify: two draws have 82% of their examples in common")
    assert not draw_notes({"amplify": [shows("a", "b"), shows("b", "c")]})


def with_best(of_run: RunOfStudy) -> RunOfStudy:
    """The run as one that has chosen the second draw of the base as its best."""
    mean = replace(compared(of_run), adjusted=1.0)
    best = replace(mean, baseline_draw=2, p_value=0.04)
    recorded = {"comparisons": [asdict(mean), asdict(best)], "prompts": asdict(best)}
    return replace(of_run, record={**of_run.record, **recorded})


def test_the_best_draw_of_the_baseline_is_compared_where_there_is_one_seed() -> None:
    single = with_best(run(shows("a"), shows("x"), 20))
    ((mean, best),) = compare_groups("study", [group(single)])
    assert (mean.baseline_draw, best.baseline_draw, best.p_value) == (0, 2, 0.04)
    assert {mean.comparisons, best.comparisons} == {2}
    prompts = group(single).of_prompts()
    assert prompts is not None
    assert (prompts.baseline_draw, prompts.p_value) == (2, 0.04)
    # Over tasks, an arm stands for itself alone.
    groups = [group(single)] * 3
    (row,) = over_tasks(groups, compare_groups("study", groups))
    assert row["tasks"] == 3


def test_best_draws_of_several_seeds_are_not_combined() -> None:
    runs = [with_best(run(shows(base), shows(focus), 20)) for base, focus in ("ax", "by")]
    ((mean,),) = compare_groups("study", [group(*runs)])
    assert mean.baseline_draw == 0
    assert group(*runs).of_prompts() is None
