"""What differs in the plans of two runs, as `amplify compare` shows it."""

from __future__ import annotations

from amplify.report.paired.console import broken_at_dots
from amplify.report.paired.rows import setting_cells
from amplify.run.paired.changes import Change, plan_changes

ARM = {"name": "amplify", "mask": ["function"], "shots": 4}


def test_settings_of_an_arm_that_one_run_lacks_are_no_difference() -> None:
    first = {"run": {"seed": 0}, "arms": [ARM, {"name": "told", "shots": 2}]}
    second = {"run": {"seed": 1}, "arms": [{**ARM, "mask": []}]}
    assert list(plan_changes(first, second)) == [
        Change("run.seed", 0, 1),
        Change("arms.amplify.mask", ["function"], []),
    ]


def test_other_ways_to_write_a_component_are_no_difference() -> None:
    table = {"selector": {"use": "builtin/h-mcs", "balanced": True}, "template": "key-words"}
    bare = {"selector": "h-mcs", "template": {"use": "builtin/key-words"}}
    first = {"llm": {"use": "mini/local"}, "arms": [{"name": "amplify", **table}]}
    second = {"llm": "local", "arms": [{"name": "amplify", **bare}]}
    assert list(plan_changes(first, second)) == [
        Change("arms.amplify.selector.balanced", True, None)
    ]


def test_another_component_is_a_difference() -> None:
    for one, other in (("h-mcs", "builtin/l-mcs"), ("mine/h-mcs", "builtin/h-mcs")):
        first, second = ({"arms": [{"name": "a", "selector": name}]} for name in (one, other))
        assert list(plan_changes(first, second)) == [Change("arms.a.selector.use", one, other)]


def test_values_are_shown_as_a_plan_writes_them() -> None:
    assert setting_cells(Change("a.b", True, ["x", "y"])) == ["a.b", "true", '["x", "y"]']
    assert setting_cells(Change("a.b", None, "text")) == ["a.b", "–", "text"]


def test_a_long_key_is_broken_at_its_dots() -> None:
    key = "arms.amplify-random-words.explainer.contrast"
    assert broken_at_dots(key, 26).split("\n") == [
        "arms.amplify-random-words.",
        "explainer.contrast",
    ]
    assert broken_at_dots("run.seed", 26) == "run.seed"
